import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { tendBlacklist } from "../../../workers/access/former-blacklist.ts";
import { blacklist } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { Blacklist } from "../../../workers/shared/blacklist.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";

const entries = new Blacklist(openRedis(env));
const entryOf = (value: string, expiresAt: number | null) => ({
  kind: "user" as const,
  value,
  reason: "by hand",
  expiresAt,
  createdAt: 1,
  createdBy: "u-admin",
});

it("takes over what a version before has barred, with reason and author, and clears out what has ended", async () => {
  const now = Date.now();
  const kept = [entryOf("for-good", null), entryOf("for-a-while", now + 60_000)];
  await database(env)
    .insert(blacklist)
    .values([...kept, entryOf("ended", now - 1)]);
  await entries.put(entryOf("ended-in-redis", now - 1));
  for (let times = 0; times < 2; times++) {
    await tendBlacklist(env, now);
    expect(await database(env).$count(blacklist)).toBe(0);
    expect((await entries.page(null, 10, 0)).toSorted((a, b) => a.value.localeCompare(b.value))).toEqual(
      kept.toSorted((a, b) => a.value.localeCompare(b.value)),
    );
  }
});

it("leaves the rows where they are while Redis is away", async () => {
  await database(env).insert(blacklist).values(entryOf("waits", null));
  const away = { execute: () => Promise.reject(new Error("the object is away")) };
  const EDGE_REDIS = { idFromName: () => null, get: () => away };
  await expect(tendBlacklist({ ...env, EDGE_REDIS } as unknown as Env, Date.now())).rejects.toThrow("away");
  expect(await database(env).$count(blacklist)).toBe(1);
});

it("does not remove an entry that was renewed while it was being cleared out", async () => {
  const now = Date.now();
  await entries.put(entryOf("renewed", now - 1));
  await Promise.all([entries.purge(now), entries.put(entryOf("renewed", now + 60_000)), entries.purge(now)]);
  expect(await entries.find(entryOf("renewed", null), now)).toMatchObject({ expiresAt: now + 60_000 });
});
