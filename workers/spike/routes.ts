import { createApi } from "../edge/api.ts";

export const spikeRoutes = createApi();
