import { createApi } from "../edge/api.ts";

export const accessRoutes = createApi();
