import { describe, expect, it } from "vitest";
import { UsageError } from "../../../bench/command-line.ts";
import {
  CONNECTIONS_MAX,
  HOLD_MAX_SECONDS,
  readOptions,
  STOCK_MAX,
  USERS_MAX,
  WINDOW_MAX_SECONDS,
  windowMsOf,
} from "../../../bench/rehearsal/options.ts";

const read = (...args: string[]) => {
  const options = readOptions(args);
  if (options === "help") throw new Error("asked for help");
  return options;
};

describe("the command line", () => {
  it("has a default for everything", () => {
    expect(read("--seed", "7")).toMatchObject({
      users: 2000,
      stock: 100,
      stripes: 1,
      url: null,
      arrival: "burst",
      bots: 0.05,
      pay: 0.8,
      cancel: 0.1,
      seed: 7,
      fair: false,
      json: false,
    });
  });

  it("reads every flag", () => {
    const options = read(
      ..."--users 20000 --stock 1000 --url http://localhost:8788/x --arrival poisson --bots 0% --pay 12.5%".split(
        " ",
      ),
      ..."--cancel 87.5% --breaks 1% --keen 3% --hold 5 --connections 64 --seed 1 --window 9".split(" "),
      ..."--set userIntervalMs=0 --set overloadFactor=3 --reports out --fair --json".split(" "),
    );
    expect(options).toEqual({
      users: 20_000,
      stock: 1000,
      url: "http://localhost:8788",
      arrival: "poisson",
      windowSeconds: 9,
      bots: 0,
      pay: 0.125,
      cancel: 0.875,
      breaks: 0.01,
      keen: 0.03,
      holdSeconds: 5,
      connections: 64,
      seed: 1,
      settings: { userIntervalMs: 0, overloadFactor: 3 },
      vars: {},
      reportsDir: "out",
      store: "d1",
      databaseAwayMs: 0,
      stripes: 1,
      fair: true,
      json: true,
    });
  });

  it("answers --help whatever else is said", () => {
    expect(readOptions(["--help", "--users", "0"])).toBe("help");
  });

  it("makes up a seed of its own each time", () => {
    expect(new Set(Array.from({ length: 20 }, () => read().seed)).size).toBeGreaterThan(1);
  });

  it.each([
    ["--users", 1, USERS_MAX],
    ["--stock", 1, STOCK_MAX],
    ["--window", 1, WINDOW_MAX_SECONDS],
    ["--hold", 1, HOLD_MAX_SECONDS],
    ["--connections", 1, CONNECTIONS_MAX],
    ["--seed", 0, 2 ** 31 - 1],
  ])("%s takes whole numbers from %i to %i", (flag, min, max) => {
    expect(() => read(flag, String(min))).not.toThrow();
    expect(() => read(flag, String(max))).not.toThrow();
    for (const wrong of [String(min - 1), String(max + 1), "1.5", "1e3", "many", ""]) {
      expect(() => read(`${flag}=${wrong}`)).toThrow(UsageError);
    }
  });

  it.each(["--bots", "--pay", "--cancel", "--breaks", "--keen"])("%s takes percentages", (flag) => {
    expect(() => read(flag, "0%", ...(flag === "--pay" ? [] : ["--pay", "0%"]))).not.toThrow();
    for (const wrong of ["101%", "100.1%", "-1%", "5", "0.05", "five%", "%"]) {
      expect(() => read(`${flag}=${wrong}`)).toThrow(UsageError);
    }
  });

  it.each([
    [["--pay", "80%", "--cancel", "21%"], "together"],
    [["--arrival", "stampede"], "burst, ramp, poisson"],
    [["--url", "localhost"], "--url"],
    [["--url", "ftp://localhost"], "--url"],
    [["--set", "overloadFactor"], "NAME=VALUE"],
    [["--set", "overloadFactor=lots"], "overloadFactor"],
    [["--var", "=x"], "NAME=VALUE"],
    [["--var", "A=b", "--url", "http://localhost"], "--var"],
    [["--user", "3"], "--user"],
    [["twenty"], "twenty"],
  ])("refuses %j and says why", (args, why) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(why);
  });
});

it("lets large crowds arrive over a longer time, unless told", () => {
  expect(windowMsOf({ users: 1, windowSeconds: null, databaseAwayMs: 0 })).toBe(5_000);
  expect(windowMsOf({ users: 10_000, windowSeconds: null, databaseAwayMs: 0 })).toBe(5_000);
  expect(windowMsOf({ users: 10_001, windowSeconds: null, databaseAwayMs: 0 })).toBe(6_000);
  expect(windowMsOf({ users: 100_000, windowSeconds: null, databaseAwayMs: 0 })).toBe(50_000);
  expect(windowMsOf({ users: 100_000, windowSeconds: 3, databaseAwayMs: 0 })).toBe(3_000);
});
