import { limitAddress } from "../../shared/rate/request-limits.ts";
import type { Filter } from "./attempt.ts";

/** Refuses addresses that ask more often than `addressRequestsPerWindow` allows. */
export const addressLimit: Filter = {
  name: "address_limit",
  check: ({ address, settings, now }) => limitAddress("sale", address, settings, now),
};
