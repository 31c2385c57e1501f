import { createApi } from "../edge/api.ts";

export const userRoutes = createApi();
