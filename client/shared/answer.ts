import type { Problem } from "../../workers/shared/refusals.ts";

/** What a no says. `network` stands for no answer at all. */
export type Failure = Omit<Partial<Problem>, "code"> & { code: Problem["code"] | "network" };

export type Answer<Body> = { ok: true; status: number; body: Body } | { ok: false; failure: Failure };
