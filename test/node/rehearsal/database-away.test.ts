import { describe, expect, it } from "vitest";
import { judgeOutage } from "../../../bench/rehearsal/database-away.ts";
import { DATABASE_AWAY_MAX_SECONDS, readOptions, UsageError } from "../../../bench/rehearsal/options.ts";
import { rehearse } from "../../../bench/rehearsal/rehearsal.ts";
import { setStage } from "../../../bench/rehearsal/stage.ts";
import { findMySql } from "../mysql/server.ts";

const REHEARSAL_TIMEOUT_MS = 400_000;
const server = await findMySql();

function read(...args: string[]) {
  const options = readOptions(["--store=mysql", ...args]);
  if (options === "help") throw new Error("asked for help");
  return options;
}

it.skipIf(!server)(
  "loses nothing when MySQL is away in mid-sale",
  async () => {
    const sale = ["--users=150", "--stock=100", "--hold=4", "--arrival=poisson", "--bots=0%", "--seed=3"];
    const options = read(...sale, "--database-away=6s");
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

describe("the verdict on an outage", () => {
  const outage = {
    ...{ leftMs: 1_000, backMs: 7_000, wins: 5, sold: 3 },
    backlog: [
      { atMs: 6_000, orders: 5 },
      { atMs: 9_000, orders: 0 },
    ],
  };
  const passes = (changes: object) => judgeOutage({ ...outage, ...changes }, 6_000).map(({ pass }) => pass);

  it("is good when the sale went on and everything was recorded", () => {
    expect(passes({})).toEqual([true, true]);
  });

  it("is bad when nothing was sold, the database was hardly away, or something stayed behind", () => {
    expect(passes({ wins: 0 })).toEqual([false, true]);
    expect(passes({ backMs: 6_999 })).toEqual([false, true]);
    expect(passes({ backlog: [{ atMs: 9_000, orders: 1 }] })).toEqual([true, false]);
    expect(judgeOutage(null, 6_000).map(({ pass }) => pass)).toEqual([false]);
  });
});

it("takes a time within bounds, and MySQL alone away", () => {
  expect(read("--database-away=10m").databaseAwayMs).toBe(600_000);
  expect(read(`--database-away=${DATABASE_AWAY_MAX_SECONDS}s`).databaseAwayMs).toBe(3_600_000);
  for (const time of [`${DATABASE_AWAY_MAX_SECONDS + 1}s`, "61m", "10", "-1s"]) {
    expect(() => read(`--database-away=${time}`)).toThrow(UsageError);
  }
  expect(() => readOptions(["--database-away=5s"])).toThrow("--database-away needs --store mysql");
  expect(() => readOptions(["--store=oracle"])).toThrow("--store must be one of d1, mysql");
});
