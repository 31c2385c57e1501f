import type { MiddlewareHandler } from "hono";
import { loadSettings } from "../platform/settings-store.ts";
import { limitAccount, limitAddress, type LimitedAction } from "../shared/rate/request-limits.ts";
import type { AppEnv } from "./context.ts";

/** Refuses addresses that send more than the settings allow. Costs no I/O while settings are fresh. */
export function limitAddresses(action: LimitedAction): MiddlewareHandler<AppEnv> {
  return async function addressLimit(c, next) {
    const network = c.get("address");
    // Of who has no address as well: the front door answers reads only while memory holds the settings.
    const settings = await loadSettings(c.env);
    const refusal = network === null ? null : limitAddress(action, network, settings, Date.now());
    if (refusal) throw refusal;
    await next();
  };
}

/** Refuses accounts that send more than the settings allow. Must run after `authenticate`. */
export function limitAccounts(action: LimitedAction): MiddlewareHandler<AppEnv> {
  return async function accountLimit(c, next) {
    const identity = c.get("identity");
    const refusal = identity
      ? limitAccount(action, identity.userId, await loadSettings(c.env), Date.now())
      : null;
    if (refusal) throw refusal;
    await next();
  };
}
