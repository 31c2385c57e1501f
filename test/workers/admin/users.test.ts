import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { TIER_MAX } from "../../../workers/shared/limits.ts";
import { insertAccount, type Role } from "../../../workers/user/accounts.ts";
import { call, request } from "../support/http.ts";
import { adminBearer, bearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

async function makeAccount(username: string, role: Role = "shopper"): Promise<string> {
  const account = await insertAccount(env, { username, passwordHash: "unused", role }, 1_000);
  if (!account) throw new Error(`${username} is taken`);
  return account.id;
}

const patch = (id: string, body: unknown, headers = admin) =>
  call(`/api/admin/users/${id}`, { method: "PATCH", headers, body });

describe("GET /api/admin/users", () => {
  it("finds accounts by the beginning of their name and by id, without their passwords", async () => {
    const id = await makeAccount("Kettle.Fan");
    const user = {
      id,
      username: "Kettle.Fan",
      tier: 0,
      role: "shopper",
      createdAt: "1970-01-01T00:00:01.000Z",
    };
    for (const query of ["kettle", "KETTLE.FAN", id]) {
      expect(await call(`/api/admin/users?query=${query}`, { headers: admin })).toEqual({
        status: 200,
        body: { users: [user] },
      });
    }
    expect((await call("/api/admin/users?query=teapot", { headers: admin })).body).toEqual({ users: [] });
  });

  it("is for admins, and its answer for no cache", async () => {
    expect((await call("/api/admin/users")).status).toBe(401);
    expect((await call("/api/admin/users", { headers: await bearer() })).status).toBe(403);
    const { headers } = await request("/api/admin/users", { headers: admin });
    expect(headers.get("cache-control")).toContain("no-store");
  });
});

describe("PATCH /api/admin/users/{id}", () => {
  it("sets what is given, keeps the rest, and is on record", async () => {
    const id = await makeAccount("rising.star");
    expect(await patch(id, { tier: 3 })).toMatchObject({ status: 200, body: { tier: 3, role: "shopper" } });
    expect(await patch(id, { role: "admin" })).toMatchObject({ body: { tier: 3, role: "admin" } });
    expect(await patch(id, {})).toMatchObject({ body: { tier: 3, role: "admin" } });
    expect(await trailOf(id)).toMatchObject([
      {
        actor: "u-admin",
        action: "user.update",
        details: {
          username: "rising.star",
          before: { tier: 0, role: "shopper" },
          after: { tier: 3, role: "shopper" },
        },
      },
      { details: { after: { tier: 3, role: "admin" } } },
    ]);
  });

  it("takes every level up to the highest", async () => {
    const id = await makeAccount("highest.level");
    expect((await patch(id, { tier: TIER_MAX })).status).toBe(200);
    expect((await patch(id, { tier: TIER_MAX - 1 })).status).toBe(200);
    expect((await patch(id, { tier: TIER_MAX + 1 })).status).toBe(400);
    expect((await patch(id, { tier: -1 })).status).toBe(400);
    expect((await patch(id, { role: "owner" })).status).toBe(400);
    expect((await patch(id, { username: "other" })).status).toBe(400);
  });

  it("lets no admin take the role from himself", async () => {
    const id = await makeAccount("last.admin", "admin");
    const own = await bearer({ userId: id, role: "admin" });
    expect(await patch(id, { role: "shopper" }, own)).toMatchObject({
      status: 400,
      body: { errors: [{ path: "role" }] },
    });
    expect(await patch(id, { tier: 1 }, own)).toMatchObject({ status: 200, body: { role: "admin" } });
  });

  it("leaves one admin whoever takes the role from whom, one after the other with tokens from before", async () => {
    await env.DB.exec("UPDATE users SET role = 'shopper'");
    const [one, other] = [await makeAccount("admin.one", "admin"), await makeAccount("admin.other", "admin")];
    const asOne = await bearer({ userId: one, role: "admin" });
    const asOther = await bearer({ userId: other, role: "admin" });
    expect(await patch(other, { role: "shopper" }, asOne)).toMatchObject({ body: { role: "shopper" } });
    expect(await patch(one, { role: "shopper" }, asOther)).toMatchObject({
      status: 400,
      body: { errors: [{ path: "role", message: expect.stringContaining("last admin") as string }] },
    });
    expect(await trailOf(one)).toEqual([]);
  });

  it("needs an account", async () => {
    expect(await patch("u-nobody", { tier: 1 })).toMatchObject({ status: 404 });
    expect(await patch("u-nobody", {})).toMatchObject({ status: 404 });
    expect(await trailOf("u-nobody")).toEqual([]);
  });
});
