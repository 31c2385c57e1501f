import type { Hono } from "hono";
import type { BlankEnv } from "hono/types";
import type * as accessPreview from "./admin/access-preview-contract.ts";
import type * as audit from "./admin/audit-contract.ts";
import type * as blacklist from "./admin/blacklist-contract.ts";
import type * as deadLetter from "./admin/dead-letters/contract.ts";
import type * as operate from "./admin/operate-contract.ts";
import type * as order from "./admin/order-contract.ts";
import type * as reconciliation from "./admin/reconciliation/contract.ts";
import type * as restoration from "./admin/restoration/contract.ts";
import type * as settings from "./admin/settings-contract.ts";
import type * as spike from "./admin/spike-contract.ts";
import type * as user from "./admin/user-contract.ts";
import type * as wave from "./admin/wave-contract.ts";
import type * as webhookDelivery from "./admin/webhooks/delivery-contract.ts";
import type * as webhookEndpoint from "./admin/webhooks/endpoint-contract.ts";
import type { SchemaOf } from "./edge/route-schema.ts";

/** The operators' API as a type, made of the very route schemas that validate and document it. */
export type AdminApi = Hono<
  BlankEnv,
  SchemaOf<typeof spike.createSpikeRoute> &
    SchemaOf<typeof spike.listSpikesRoute> &
    SchemaOf<typeof spike.readSpikeRoute> &
    SchemaOf<typeof spike.updateSpikeRoute> &
    SchemaOf<typeof spike.deleteSpikeRoute> &
    SchemaOf<typeof operate.pauseRoute> &
    SchemaOf<typeof operate.resumeRoute> &
    SchemaOf<typeof operate.restockRoute> &
    SchemaOf<typeof operate.ledgerRoute> &
    SchemaOf<typeof accessPreview.previewRoute> &
    SchemaOf<typeof wave.planRoute> &
    SchemaOf<typeof order.listRoute> &
    SchemaOf<typeof order.exportRoute> &
    SchemaOf<typeof reconciliation.compareRoute> &
    SchemaOf<typeof reconciliation.repairRoute> &
    SchemaOf<typeof reconciliation.listRoute> &
    SchemaOf<typeof reconciliation.allRoute> &
    SchemaOf<typeof reconciliation.differencesRoute> &
    SchemaOf<typeof deadLetter.listRoute> &
    SchemaOf<typeof deadLetter.readRoute> &
    SchemaOf<typeof deadLetter.replayRoute> &
    SchemaOf<typeof deadLetter.discardRoute> &
    SchemaOf<typeof deadLetter.replayAllRoute> &
    SchemaOf<typeof restoration.assessRoute> &
    SchemaOf<typeof restoration.restoreRoute> &
    SchemaOf<typeof restoration.lostRoute> &
    SchemaOf<typeof blacklist.listRoute> &
    SchemaOf<typeof blacklist.readRoute> &
    SchemaOf<typeof blacklist.putRoute> &
    SchemaOf<typeof blacklist.deleteRoute> &
    SchemaOf<typeof settings.readRoute> &
    SchemaOf<typeof settings.changeRoute> &
    SchemaOf<typeof settings.historyRoute> &
    SchemaOf<typeof settings.revertRoute> &
    SchemaOf<typeof settings.readSpikeRoute> &
    SchemaOf<typeof settings.changeSpikeRoute> &
    SchemaOf<typeof settings.spikeHistoryRoute> &
    SchemaOf<typeof settings.revertSpikeRoute> &
    SchemaOf<typeof user.listRoute> &
    SchemaOf<typeof user.changeRoute> &
    SchemaOf<typeof webhookEndpoint.listRoute> &
    SchemaOf<typeof webhookEndpoint.createEndpointRoute> &
    SchemaOf<typeof webhookEndpoint.readRoute> &
    SchemaOf<typeof webhookEndpoint.updateRoute> &
    SchemaOf<typeof webhookEndpoint.deleteRoute> &
    SchemaOf<typeof webhookEndpoint.rotateRoute> &
    SchemaOf<typeof webhookDelivery.pingRoute> &
    SchemaOf<typeof webhookDelivery.listRoute> &
    SchemaOf<typeof webhookDelivery.replayOneRoute> &
    SchemaOf<typeof webhookDelivery.replayAllRoute> &
    SchemaOf<typeof audit.auditRoute>
>;
