import { createApi } from "../edge/api.ts";
import { requireAdmin } from "../edge/authenticate.ts";
import { noStore } from "../edge/no-store.ts";
import { accessPreviewRoutes } from "./access-preview-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { blacklistRoutes } from "./blacklist-routes.ts";
import { deadLetterRoutes } from "./dead-letters/routes.ts";
import { liveRoutes } from "./live-routes.ts";
import { loadRoutes } from "./load-routes.ts";
import { operateRoutes } from "./operate-routes.ts";
import { metricsRoutes } from "./metrics-routes.ts";
import { adminOrderRoutes } from "./order-routes.ts";
import { reconciliationRoutes } from "./reconciliation/routes.ts";
import { restorationRoutes } from "./restoration/routes.ts";
import { settingsRoutes } from "./settings-routes.ts";
import { adminSpikeRoutes } from "./spike-routes.ts";
import { adminUserRoutes } from "./user-routes.ts";
import { waveRoutes } from "./wave-routes.ts";
import { webhookDeliveryRoutes } from "./webhooks/delivery-routes.ts";
import { webhookEndpointRoutes } from "./webhooks/endpoint-routes.ts";

/** Everything operators do. Nothing here is for a cache, or for anyone but an admin. */
export const adminRoutes = createApi();

adminRoutes.use("/api/admin/*", noStore(), requireAdmin());

adminRoutes.route("/", adminSpikeRoutes);
adminRoutes.route("/", operateRoutes);
adminRoutes.route("/", accessPreviewRoutes);
adminRoutes.route("/", waveRoutes);
adminRoutes.route("/", liveRoutes);
adminRoutes.route("/", loadRoutes);
adminRoutes.route("/", metricsRoutes);
adminRoutes.route("/", adminOrderRoutes);
adminRoutes.route("/", reconciliationRoutes);
adminRoutes.route("/", deadLetterRoutes);
adminRoutes.route("/", restorationRoutes);
adminRoutes.route("/", blacklistRoutes);
adminRoutes.route("/", settingsRoutes);
adminRoutes.route("/", adminUserRoutes);
adminRoutes.route("/", webhookEndpointRoutes);
adminRoutes.route("/", webhookDeliveryRoutes);
adminRoutes.route("/", auditRoutes);
