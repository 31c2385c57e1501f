import { createApi } from "../edge/api.ts";

export const adminRoutes = createApi();
