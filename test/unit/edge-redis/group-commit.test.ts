import { beforeEach, describe, expect, it } from "vitest";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import type { Client } from "../../../durable-objects/edge-redis/engine/client.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import { GroupCommit } from "../../../durable-objects/edge-redis/group-commit.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";

/** What was handed over in each write, and how to end or fail the one that is on its way to the disk. */
let written: string[];
let syncs: PromiseWithResolvers<void>[];
let broken: unknown[];
let engine: Engine;
let client: Client;
let commits: GroupCommit;
beforeEach(() => {
  [written, syncs, broken] = [[], [], []];
  engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => 1_000);
  client = engine.connect({ canWait: false });
  const log = { append: (of: Engine) => void written.push(of.takeLog()) };
  const sync = () => {
    const deferred = Promise.withResolvers<void>();
    syncs.push(deferred);
    return deferred.promise;
  };
  commits = new GroupCommit(engine, log, sync, (error) => broken.push(error));
});

const write = (key: string) => engine.execute(client, ["SET", key, "v"]);
/** Everything that can happen without the disk. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Tells whether it is over. */
function watched(promise: Promise<void>): { isOver: boolean } {
  const state = { isOver: false };
  void promise.then(() => (state.isOver = true));
  return state;
}

describe("a commit", () => {
  it("is written at once, and over when it is on disk", async () => {
    write("a");
    const commit = watched(commits.commit());
    await settle();
    expect(written).toHaveLength(1);
    expect(commit.isOver).toBe(false);
    syncs[0]?.resolve();
    await settle();
    expect(commit.isOver).toBe(true);
  });

  it("takes along what happened while another was on its way", async () => {
    write("a");
    void commits.commit();
    await settle();
    write("b");
    const second = watched(commits.commit());
    write("c");
    const third = watched(commits.commit());
    await settle();
    expect(written).toHaveLength(1);
    syncs[0]?.resolve();
    await settle();
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(/b[^]*c/);
    expect([second.isOver, third.isOver]).toEqual([false, false]);
    syncs[1]?.resolve();
    await settle();
    expect([second.isOver, third.isOver]).toEqual([true, true]);
  });

  it("of one who only read waits for what was read, and writes nothing", async () => {
    write("a");
    void commits.commit();
    await settle();
    const reader = watched(commits.commit());
    await settle();
    expect(reader.isOver).toBe(false);
    syncs[0]?.resolve();
    await settle();
    expect(reader.isOver).toBe(true);
    expect(written).toHaveLength(1);
  });

  it("with something of its own is written at once, with what was gathering", async () => {
    write("a");
    void commits.commit();
    await settle();
    write("b");
    const gathered = watched(commits.commit());
    write("c");
    const along: string[] = [];
    const own = watched(commits.commitWith(() => along.push(written.at(-1) as string)));
    expect(written).toHaveLength(2);
    expect(along[0]).toMatch(/b[^]*c/);
    syncs[0]?.resolve();
    await settle();
    expect([gathered.isOver, own.isOver]).toEqual([false, false]);
    syncs[1]?.resolve();
    await settle();
    expect([gathered.isOver, own.isOver]).toEqual([true, true]);
    expect(written).toHaveLength(2);
  });

  it("that fails is no success for anybody, and says that memory is ahead", async () => {
    write("a");
    const first = commits.commit();
    await settle();
    write("b");
    const second = commits.commit();
    const failures = Promise.allSettled([first, second]);
    syncs[0]?.reject(new Error("disk full"));
    expect((await failures).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(broken).toHaveLength(1);
  });
});
