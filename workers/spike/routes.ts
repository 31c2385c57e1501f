import { createApi } from "../edge/api.ts";
import { catalogueRoutes } from "./catalogue-routes.ts";

export const spikeRoutes = createApi();

spikeRoutes.route("/", catalogueRoutes);
