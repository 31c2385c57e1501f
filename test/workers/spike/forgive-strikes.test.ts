import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { SpikeGateRpc } from "../../../durable-objects/spike-gate/messages.ts";
import { withGate } from "../../../workers/platform/gate.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import type { Subject } from "../../../workers/shared/strikes.ts";
import { forgiveStrikes } from "../../../workers/spike/forgive-strikes.ts";
import { createSpike } from "../support/spikes.ts";

const SUBJECT: Subject = { kind: "user", value: "u-barred-by-its-gate" };

/** Gates that do as they are told, and whose first answer is lost on the way. */
function losingTheFirstAnswer(): { env: Env; calls: () => number } {
  let calls = 0;
  let gateName = "";
  const forgive: SpikeGateRpc["forgive"] = async (...args) => {
    const stub = env.SPIKE_GATE.get(env.SPIKE_GATE.idFromName(gateName));
    const answer = await stub.forgive(...args);
    if (++calls === 1) throw Object.assign(new Error("Network connection lost."), { retryable: true });
    return answer;
  };
  const SPIKE_GATE = { idFromName: (name: string) => (gateName = name), get: () => ({ forgive }) };
  return { env: { ...env, SPIKE_GATE } as unknown as Env, calls: () => calls };
}

it("says that a bar was lifted also when the first answer is lost", async () => {
  const spike = await createSpike();
  const report = { subject: SUBJECT, count: 1_000, reason: "bad_token", accounts: 0 } as const;
  const [standing] = await withGate(env, spike.id, 0, (gate) =>
    gate.strike({ strikes: [report], limits: DEFAULT_SETTINGS }),
  );
  expect(standing?.barredUntil).toBeDefined();
  const lossy = losingTheFirstAnswer();
  expect(await forgiveStrikes(lossy.env, SUBJECT, Date.now(), true)).toBe(true);
  expect(lossy.calls()).toBe(2);
  // Another call finds nothing left to lift.
  expect(await forgiveStrikes(env, SUBJECT, Date.now(), true)).toBe(false);
});
