import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { ADMIN_PAGE_SIZE } from "../../../workers/shared/limits.ts";
import { findUsers } from "../../../workers/user/accounts.ts";

const CROWD = ADMIN_PAGE_SIZE * 2 + 1;
const NAMES = Array.from({ length: CROWD }, (_, index) => `crowd-${String(index).padStart(4, "0")}`);

beforeAll(async () => {
  const insert = env.DB.prepare(
    "insert into users (id, username, username_key, password_hash, role, tier, created_at) " +
      "select 'id-' || value, value, lower(value), 'none', 'shopper', 0, 1000 from json_each(?)",
  );
  await insert.bind(JSON.stringify([...NAMES, "Other", "100%", "李伟"])).run();
});

const namesOf = async (query?: string, cursor?: string) => {
  const page = await findUsers(env, { query, cursor });
  return { names: page.users.map(({ username }) => username), nextCursor: page.nextCursor };
};

describe("findUsers", () => {
  it("finds by the beginning of the name, in any case, and by id", async () => {
    expect((await namesOf("oTH")).names).toEqual(["Other"]);
    expect((await namesOf("李")).names).toEqual(["李伟"]);
    expect((await namesOf("id-crowd-0007")).names).toEqual(["crowd-0007"]);
    expect((await namesOf("nobody")).names).toEqual([]);
  });

  it("takes wildcards and SQL literally", async () => {
    expect((await namesOf("%")).names).toEqual([]);
    expect((await namesOf("100%")).names).toEqual(["100%"]);
    expect((await namesOf("' or 1=1 --")).names).toEqual([]);
  });

  it("pages through all, each once, without a hash among them", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await namesOf("crowd", cursor);
      expect(page.names.length).toBeLessThanOrEqual(ADMIN_PAGE_SIZE);
      seen.push(...page.names);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(NAMES);
    const { users } = await findUsers(env, {});
    expect(Object.keys(users[0] ?? {}).sort()).toEqual(["createdAt", "id", "role", "tier", "username"]);
  });

  it("has no next page when a page is exactly full", async () => {
    expect(await namesOf("crowd-000")).toEqual({ names: NAMES.slice(0, 10), nextCursor: undefined });
    const { nextCursor } = await namesOf("crowd");
    const second = await namesOf("crowd", nextCursor);
    const third = await namesOf("crowd", second.nextCursor);
    expect(third).toEqual({ names: NAMES.slice(-1), nextCursor: undefined });
  });

  it.each(["", "!", "nobody", "' or 1=1 --"])("refuses a cursor that is none: %j", async (cursor) => {
    await expect(findUsers(env, { cursor })).rejects.toMatchObject({
      code: "invalid_request",
      details: { errors: [{ path: "cursor" }] },
    });
  });
});
