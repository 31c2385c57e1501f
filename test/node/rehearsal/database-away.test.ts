import { describe, expect, it } from "vitest";
import { judgeOutage } from "../../../bench/rehearsal/database-away.ts";
import { UsageError } from "../../../bench/command-line.ts";
import { DATABASE_AWAY_MAX_SECONDS, readOptions } from "../../../bench/rehearsal/options.ts";
import { rehearse } from "../../../bench/rehearsal/rehearsal.ts";
import { setStage } from "../../../bench/rehearsal/stage.ts";
import type { AdminOrder } from "../../../bench/load/wire.ts";
import { findMySql } from "../mysql/server.ts";

const REHEARSAL_TIMEOUT_MS = 400_000;
const STARTS_AT = Date.UTC(2026, 10, 11);
const server = await findMySql();
const SALE = ["--users=150", "--stock=100", "--hold=4", "--arrival=poisson", "--bots=0%", "--seed=3"];

function read(...args: string[]) {
  const options = readOptions(args);
  if (options === "help") throw new Error("asked for help");
  return options;
}

describe.each([
  ["D1", "d1", true],
  ["MySQL", "mysql", server !== null],
])("when %s is away in mid-sale", (_, store, there) => {
  it.skipIf(!there)(
    "nothing is lost, and all is recorded in the order of sale",
    async () => {
      const options = read(`--store=${store}`, ...SALE, "--database-away=6s");
      const stage = await setStage(options, process.env, () => {});
      try {
        const report = await rehearse(stage, options, "rehearsal", () => {});
        expect(report.checks.filter(({ pass }) => !pass)).toEqual([]);
        expect(report.outage?.wins).toBeGreaterThan(0);
      } finally {
        await stage.close();
      }
    },
    REHEARSAL_TIMEOUT_MS,
  );
});

describe("the verdict on an outage", () => {
  const outage = {
    ...{ leftMs: 1_000, backMs: 7_000, wins: 5, sold: 3, winsWhenBack: 6 },
    backlog: [
      { atMs: 6_000, orders: 5, recorded: 1 },
      { atMs: 8_000, orders: 4, recorded: 5 },
      { atMs: 9_000, orders: 2, recorded: 7 },
      { atMs: 20_000, orders: 0, recorded: 20 },
    ],
  };
  /** Sold so many milliseconds after the start. */
  const order = (soldMs: number, ledger = "") =>
    ({ id: `sale-${soldMs}-nonce${ledger}`, createdAt: STARTS_AT + soldMs }) as AdminOrder;
  const IN_ORDER = [order(2_000), order(3_000), order(3_000)];
  const passes = (changes: object, recorded = IN_ORDER) =>
    judgeOutage({ ...outage, ...changes }, 6_000, recorded, STARTS_AT).map(({ pass }) => pass);

  it("is good when the sale went on and everything was recorded in the order of sale", () => {
    expect(passes({})).toEqual([true, true, true]);
  });

  it("says when what had been sold by its return was recorded, though the sale goes on", () => {
    const [, recorded] = judgeOutage(outage, 6_000, IN_ORDER, STARTS_AT);
    expect(recorded?.found).toBe("at most 5 behind, 2.0 s after its return up to date");
  });

  it("is bad when an order was recorded after one that was sold later", () => {
    expect(passes({}, [order(3_000), order(2_999)])).toEqual([true, true, false]);
    expect(passes({}, [])).toEqual([true, true, false]);
  });

  it("looks at what was sold meanwhile alone, and at each ledger by itself", () => {
    expect(passes({}, [order(7_000), ...IN_ORDER, order(999)])).toEqual([true, true, true]);
    expect(passes({}, [order(3_000, "-1"), ...IN_ORDER])).toEqual([true, true, true]);
    expect(passes({}, [order(3_000, "-1"), order(2_000, "-1")])).toEqual([true, true, false]);
  });

  it("is bad when nothing was sold, the database was hardly away, or something stayed behind", () => {
    expect(passes({ wins: 0 })).toEqual([false, true, true]);
    expect(passes({ backMs: 6_999 })).toEqual([false, true, true]);
    expect(passes({ backlog: [{ atMs: 9_000, orders: 1, recorded: 5 }] })).toEqual([true, false, true]);
    expect(judgeOutage(null, 6_000, [], STARTS_AT).map(({ pass }) => pass)).toEqual([false]);
  });
});

it("takes a time within bounds", () => {
  expect(read("--database-away=10m").databaseAwayMs).toBe(600_000);
  expect(read(`--database-away=${DATABASE_AWAY_MAX_SECONDS}s`).databaseAwayMs).toBe(3_600_000);
  for (const time of [`${DATABASE_AWAY_MAX_SECONDS + 1}s`, "61m", "10", "-1s"]) {
    expect(() => read(`--database-away=${time}`)).toThrow(UsageError);
  }
  expect(() => readOptions(["--store=oracle"])).toThrow("--store must be one of d1, mysql");
});
