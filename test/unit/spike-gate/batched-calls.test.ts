import { describe, expect, it } from "vitest";
import { BatchedCalls } from "../../../durable-objects/spike-gate/batched-calls.ts";
import { LEDGER_BATCH_MAX, PURCHASE_QUEUE_MAX } from "../../../workers/shared/limits.ts";

/** Ledgers whose calls wait until the test answers them. */
function harness() {
  const sent: { stripe: number; batch: number[]; answer: () => void; fail: (error: unknown) => void }[] = [];
  const calls = new BatchedCalls<number, string>(
    ({ stripe }, batch) =>
      new Promise((resolve, reject) => {
        sent.push({ stripe, batch, answer: () => resolve(batch.map((n) => `reply ${n}`)), fail: reject });
      }),
  );
  const submit = (stripe: number, request: number) => calls.submit({ spikeId: "gate", stripe }, request);
  return { submit, sent };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("BatchedCalls", () => {
  it("calls each ledger apart, so that one that is silent keeps nobody else waiting", async () => {
    const { submit, sent } = harness();
    const stuck = submit(0, 1);
    const others = [submit(1, 2), submit(1, 3)];
    await turn();
    expect(sent.map(({ stripe, batch }) => [stripe, batch])).toEqual([
      [0, [1]],
      [1, [2, 3]],
    ]);
    sent[1]?.answer();
    expect(await Promise.all(others)).toEqual(["reply 2", "reply 3"]);
    sent[0]?.answer();
    expect(await stuck).toBe("reply 1");
  });

  it("says overloaded when the ledger sheds load, and passes every other failure on", async () => {
    const { submit, sent } = harness();
    const shed = submit(0, 1);
    await turn();
    sent[0]?.fail(Object.assign(new Error("too many"), { overloaded: true }));
    expect(await shed).toEqual({ ok: false, code: "overloaded" });
    const failed = submit(0, 2);
    await turn();
    sent[1]?.fail(new Error("broken"));
    await expect(failed).rejects.toThrow("broken");
  });

  it("says overloaded to who finds the line full", async () => {
    const { submit, sent } = harness();
    const first = Array.from({ length: LEDGER_BATCH_MAX }, (_, n) => submit(0, n));
    await turn();
    const waiting = Array.from({ length: PURCHASE_QUEUE_MAX }, (_, n) => submit(0, n));
    expect(await submit(0, -1)).toEqual({ ok: false, code: "overloaded" });
    while (sent.length * LEDGER_BATCH_MAX < first.length + waiting.length) {
      sent.at(-1)?.answer();
      await turn();
    }
    sent.at(-1)?.answer();
    expect(await waiting.at(-1)).toBe(`reply ${PURCHASE_QUEUE_MAX - 1}`);
  });

  it.each([LEDGER_BATCH_MAX - 1, LEDGER_BATCH_MAX, LEDGER_BATCH_MAX + 1])(
    "lets a call's worth wait for each ledger when others have filled the gate: %i come",
    async (count) => {
      const { submit, sent } = harness();
      const FLYING = 2;
      for (const stripe of [0, 1]) void submit(stripe, -1);
      await turn();
      expect(sent).toHaveLength(FLYING);
      for (let n = 0; n < PURCHASE_QUEUE_MAX; n++) void submit(0, n);
      const late = Array.from({ length: count }, (_, n) => submit(1, n));
      const refused = late.slice(LEDGER_BATCH_MAX);
      for (const reply of refused) expect(await reply).toEqual({ ok: false, code: "overloaded" });
      sent[1]?.answer();
      await turn();
      expect(sent[FLYING]?.batch).toHaveLength(Math.min(count, LEDGER_BATCH_MAX));
    },
  );

  it.each([PURCHASE_QUEUE_MAX - 1, PURCHASE_QUEUE_MAX])(
    "bounds together what waits for all ledgers: %i wait for another",
    async (others) => {
      const { submit } = harness();
      for (const stripe of [0, 1]) void submit(stripe, -1);
      await turn();
      for (let n = 0; n < LEDGER_BATCH_MAX; n++) void submit(1, n);
      for (let n = 0; n < others - LEDGER_BATCH_MAX; n++) void submit(0, n);
      const reply = submit(1, -2);
      const answer = await Promise.race([reply, turn().then(() => "waits")]);
      expect(answer).toEqual(others < PURCHASE_QUEUE_MAX ? "waits" : { ok: false, code: "overloaded" });
    },
  );
});
