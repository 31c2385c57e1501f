import type { Identity } from "../shared/identity.ts";

/** What the middleware of `app.ts` leaves for the routes behind it. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    /** What the client's address counts as (`networkOf`); null where the platform reports none, and on loopback. */
    address: string | null;
    /** ISO 3166-1 alpha-2 from the platform's geolocation; null when unknown. */
    country: string | null;
    /** Set by `authenticate`; absent for an anonymous request. */
    identity: Identity | undefined;
  };
}
