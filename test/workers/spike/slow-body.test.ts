import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { answerCrowdCall } from "../../../workers/spike/crowd-routes.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import { bearer } from "../support/tokens.ts";

afterEach(async () => saveSettings(env, DEFAULT_SETTINGS));

it("lets nobody keep others out with a body that does not come", async () => {
  await saveSettings(env, { ...DEFAULT_SETTINGS, overloadFactor: 1 });
  const spike = await createSpike({ stock: 1 });
  const userId = "u-slow";
  const token = await purchaseTokenFor(spike.id, userId);
  let finish: () => void = () => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      finish = () => {
        controller.enqueue(new TextEncoder().encode('{"quantity":1}'));
        controller.close();
      };
    },
  });
  const slow = new Request(`https://spike.test/api/spikes/${spike.id}/purchases/${token}`, {
    ...{ method: "POST", headers: await bearer({ userId }), body },
  });
  const late = answerCrowdCall(slow, env);
  const quick = await Promise.all(["u-quick-1", "u-quick-2"].map((id) => buy(spike.id, { userId: id })));
  expect(quick.map(({ status }) => status)).toContain(202);
  finish();
  const answer = await late;
  expect(await answer?.json()).toMatchObject({ code: "sold_out" });
});
