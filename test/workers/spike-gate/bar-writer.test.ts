import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { BarWriter } from "../../../durable-objects/spike-gate/bar-writer.ts";
import type { Bar } from "../../../durable-objects/spike-gate/strike-keeper.ts";

const NOW = 1_800_000_000_000;
const bar = (over: Partial<Bar> = {}): Bar => ({
  subject: { kind: "user", value: "u1" },
  reason: "bad_token",
  until: NOW + 600_000,
  at: NOW,
  ...over,
});

interface Row {
  kind: string;
  value: string;
  reason: string;
  expires_at: number | null;
  created_at: number;
  created_by: string;
}
const rows = async () =>
  (await env.DB.prepare("SELECT * FROM blacklist ORDER BY kind, value").all<Row>()).results;

const insert = (expiresAt: number | null, createdBy = "u-admin") =>
  env.DB.prepare("INSERT INTO blacklist VALUES ('user', 'u1', 'by hand', ?, ?, ?)")
    .bind(expiresAt, 1, createdBy)
    .run();

/** A database that is away as long as `isAway`. */
function flaky() {
  const state = { isAway: true, calls: 0 };
  const database = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name);
      return (query: string) => {
        state.calls++;
        if (state.isAway) throw new Error("the database is away");
        return target.prepare(query);
      };
    },
  });
  return { database, state };
}

beforeEach(() => env.DB.exec("DELETE FROM blacklist"));

describe("BarWriter", () => {
  it("writes accounts and addresses, saying why, until when and that no person did it", async () => {
    const writer = new BarWriter(env.DB);
    writer.add(bar());
    writer.add(bar({ subject: { kind: "ip", value: "2001:db8:1:2::/64" }, reason: "many_accounts" }));
    await writer.write(NOW);
    expect(writer.hasWork).toBe(false);
    const common = { expires_at: NOW + 600_000, created_at: NOW, created_by: "system" };
    expect(await rows()).toEqual([
      { kind: "ip", value: "2001:db8:1:2::/64", reason: "strikes: many_accounts", ...common },
      { kind: "user", value: "u1", reason: "strikes: bad_token", ...common },
    ]);
  });

  it("is harmless twice, and makes an entry longer", async () => {
    const writer = new BarWriter(env.DB);
    for (const until of [NOW + 600_000, NOW + 600_000, NOW + 700_000, NOW + 650_000]) {
      writer.add(bar({ until }));
      await writer.write(NOW);
    }
    expect(await rows()).toMatchObject([{ expires_at: NOW + 700_000, created_at: NOW }]);
  });

  it.each([
    ["one without an end", null, null, "by hand"],
    ["a longer one", NOW + 9_000_000, NOW + 9_000_000, "by hand"],
    ["a shorter one, which keeps its reason", NOW + 1_000, NOW + 600_000, "by hand"],
    ["one that has run out, which it replaces", NOW - 1_000, NOW + 600_000, "strikes: bad_token"],
  ])("respects an admin's entry: %s", async (_what, before, after, reason) => {
    await insert(before);
    const writer = new BarWriter(env.DB);
    writer.add(bar());
    await writer.write(NOW);
    expect(await rows()).toMatchObject([{ expires_at: after, reason }]);
  });

  it("keeps what it could not write, tries again after a pause, and never fails", async () => {
    const { database, state } = flaky();
    const writer = new BarWriter(database);
    writer.add(bar());
    await writer.write(NOW);
    await writer.write(NOW + 4_999);
    expect([state.calls, writer.hasWork]).toEqual([1, true]);
    state.isAway = false;
    await writer.write(NOW + 5_000);
    expect([writer.hasWork, (await rows()).length]).toEqual([false, 1]);
  });

  it("does not wait for a clock that has gone back", async () => {
    const { database, state } = flaky();
    const writer = new BarWriter(database);
    writer.add(bar());
    await writer.write(NOW);
    state.isAway = false;
    await writer.write(NOW - 86_400_000);
    expect(writer.hasWork).toBe(false);
  });

  it("writes nothing that was lifted before it came to writing", async () => {
    const writer = new BarWriter(env.DB);
    writer.add(bar());
    writer.drop({ kind: "user", value: "u1" });
    await writer.write(NOW);
    expect(await rows()).toEqual([]);
  });

  it("writes many in few statements", async () => {
    const writer = new BarWriter(env.DB);
    for (let i = 0; i < 1_001; i++) writer.add(bar({ subject: { kind: "user", value: `u${i}` } }));
    await writer.write(NOW);
    expect((await rows()).length).toBe(1_000);
    await writer.write(NOW);
    expect((await rows()).length).toBe(1_001);
  });
});
