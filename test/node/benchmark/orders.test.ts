import { expect, it } from "vitest";
import { readOrderBenchOptions, ROUNDS_MAX } from "../../../bench/orders/options.ts";
import { startOrderServer } from "../../../bench/orders/server.ts";
import { UsageError } from "../../../bench/command-line.ts";

const SERVER_TIMEOUT_MS = 300_000;

it("takes a number of rounds within bounds", () => {
  expect(readOrderBenchOptions([])).toEqual({ rounds: 5, json: false });
  expect(readOrderBenchOptions([`--rounds=${ROUNDS_MAX}`, "--json"])).toEqual({
    rounds: ROUNDS_MAX,
    json: true,
  });
  expect(readOrderBenchOptions(["--help"])).toBe("help");
  for (const args of [["--rounds=0"], [`--rounds=${ROUNDS_MAX + 1}`], ["--store=d1"]]) {
    expect(() => readOrderBenchOptions(args)).toThrow(UsageError);
  }
});

it(
  "leaves the same rows in each store, inserted plainly or by the consumer",
  async () => {
    const server = await startOrderServer();
    try {
      expect(await server.ask("/sell?orders=300")).toBe(300);
      for (const store of server.hasMySql ? ["d1", "mysql"] : ["d1"]) {
        for (const what of ["plain", "consume"]) {
          await server.ask(`/clear?store=${store}`);
          await server.ask(`/${what}?store=${store}&orders=260&batch=130`);
          expect(await server.ask(`/clear?store=${store}`), `${what} into ${store}`).toBe(260);
        }
      }
    } finally {
      await server.stop();
    }
  },
  SERVER_TIMEOUT_MS,
);
