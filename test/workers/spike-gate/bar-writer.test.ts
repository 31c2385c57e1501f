import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { BarWriter } from "../../../durable-objects/spike-gate/bar-writer.ts";
import { Blacklist } from "../../../workers/shared/blacklist.ts";
import { command } from "../../../workers/shared/redis/commands.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import type { Bar } from "../../../durable-objects/spike-gate/strike-keeper.ts";

const NOW = 1_800_000_000_000;
const bar = (over: Partial<Bar> = {}): Bar => ({
  subject: { kind: "user", value: "u1" },
  reason: "bad_token",
  until: NOW + 600_000,
  at: NOW,
  ...over,
});

const redis = openRedis(env);
const blacklist = new Blacklist(redis);

const entries = async () => await blacklist.page(null, 2_000, 0);

const insert = (expiresAt: number | null) =>
  blacklist.put({ ...bar().subject, reason: "by hand", expiresAt, createdAt: 1, createdBy: "u-admin" });

/** A blacklist that is away as long as `isAway`. */
function flaky() {
  const state = { isAway: true, calls: 0 };
  const add: Blacklist["add"] = async (...args) => {
    state.calls++;
    if (state.isAway) throw new Error("the object is away");
    await blacklist.add(...args);
  };
  return { blacklist: { add }, state };
}

beforeEach(() => redis.run(command(["FLUSHALL"])));

describe("BarWriter", () => {
  it("writes accounts and addresses, saying why, until when and that no person did it", async () => {
    const writer = new BarWriter(blacklist);
    writer.add(bar());
    writer.add(bar({ subject: { kind: "ip", value: "2001:db8:1:2::/64" }, reason: "many_accounts" }));
    await writer.write(NOW);
    expect(writer.hasWork).toBe(false);
    const common = { expiresAt: NOW + 600_000, createdAt: NOW, createdBy: "system" };
    expect(await entries()).toEqual([
      { kind: "user", value: "u1", reason: "strikes: bad_token", ...common },
      { kind: "ip", value: "2001:db8:1:2::/64", reason: "strikes: many_accounts", ...common },
    ]);
  });

  it("is harmless twice, and makes an entry longer", async () => {
    const writer = new BarWriter(blacklist);
    for (const until of [NOW + 600_000, NOW + 600_000, NOW + 700_000, NOW + 650_000]) {
      writer.add(bar({ until }));
      await writer.write(NOW);
    }
    expect(await entries()).toMatchObject([{ expiresAt: NOW + 700_000, createdAt: NOW }]);
  });

  it.each([
    ["one without an end", null, null, "by hand"],
    ["a longer one", NOW + 9_000_000, NOW + 9_000_000, "by hand"],
    ["a shorter one, which keeps its reason", NOW + 1_000, NOW + 600_000, "by hand"],
    ["one that has run out, which it replaces", NOW - 1_000, NOW + 600_000, "strikes: bad_token"],
  ])("respects an admin's entry: %s", async (_what, before, after, reason) => {
    await insert(before);
    const writer = new BarWriter(blacklist);
    writer.add(bar());
    await writer.write(NOW);
    expect(await entries()).toMatchObject([{ expiresAt: after, reason }]);
  });

  it("keeps what it could not write, tries again after a pause, and never fails", async () => {
    const { blacklist: away, state } = flaky();
    const writer = new BarWriter(away);
    writer.add(bar());
    await writer.write(NOW);
    await writer.write(NOW + 4_999);
    expect([state.calls, writer.hasWork]).toEqual([1, true]);
    state.isAway = false;
    await writer.write(NOW + 5_000);
    expect([writer.hasWork, (await entries()).length]).toEqual([false, 1]);
  });

  it("does not wait for a clock that has gone back", async () => {
    const { blacklist: away, state } = flaky();
    const writer = new BarWriter(away);
    writer.add(bar());
    await writer.write(NOW);
    state.isAway = false;
    await writer.write(NOW - 86_400_000);
    expect(writer.hasWork).toBe(false);
  });

  it("writes nothing that was lifted before it came to writing", async () => {
    const writer = new BarWriter(blacklist);
    writer.add(bar());
    await writer.drop({ kind: "user", value: "u1" });
    await writer.write(NOW);
    expect(await entries()).toEqual([]);
  });

  it("lets one who lifts a bar wait while it is being written", async () => {
    let finish = () => {};
    const written = new Promise<void>((resolve) => (finish = resolve));
    const writer = new BarWriter({ add: () => written });
    writer.add(bar());
    const writing = writer.write(NOW);
    const steps: string[] = [];
    const dropped = writer.drop(bar().subject).then(() => steps.push("dropped"));
    await Promise.resolve();
    steps.push("written");
    finish();
    await Promise.all([writing, dropped]);
    expect(steps).toEqual(["written", "dropped"]);
  });

  it("writes many in few calls", async () => {
    const writer = new BarWriter(blacklist);
    for (let i = 0; i < 1_001; i++) writer.add(bar({ subject: { kind: "user", value: `u${i}` } }));
    await writer.write(NOW);
    expect((await entries()).length).toBe(1_000);
    await writer.write(NOW);
    expect((await entries()).length).toBe(1_001);
  });
});
