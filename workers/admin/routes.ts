import { createApi } from "../edge/api.ts";
import { requireAdmin } from "../edge/authenticate.ts";
import { adminSpikeRoutes } from "./spike-routes.ts";

export const adminRoutes = createApi();

adminRoutes.use("/api/admin/*", requireAdmin());

adminRoutes.route("/", adminSpikeRoutes);
