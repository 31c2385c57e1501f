import { createApi } from "../edge/api.ts";

export const orderRoutes = createApi();
