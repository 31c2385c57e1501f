import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { auditAfterwards } from "../../../workers/admin/audit.ts";
import { audit } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { call } from "../support/http.ts";
import { observedDatabase } from "../support/observed-database.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

const PATH = "/api/admin/audit";
let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
  await database(env).delete(audit);
  const record = (i: number) =>
    auditAfterwards(
      env,
      { actor: "u-admin", action: "test.count", subject: `${i}`, details: { i } },
      1_000 + i,
    );
  for (let i = 0; i < 55; i++) await record(i);
});

describe("GET /api/admin/audit", () => {
  it("shows who changed what and when, the newest first, a page at a time", async () => {
    const { body: first } = await call(PATH, { headers: admin });
    expect(first.entries).toHaveLength(50);
    expect(first.entries[0]).toEqual({
      id: expect.any(String),
      at: "1970-01-01T00:00:01.054Z",
      actor: "u-admin",
      action: "test.count",
      subject: "54",
      details: { i: 54 },
    });
    const { body: second } = await call(`${PATH}?cursor=${first.nextCursor}`, { headers: admin });
    expect(second.nextCursor).toBeUndefined();
    const subjects = [...first.entries, ...second.entries].map(({ subject }: { subject: string }) => subject);
    expect(subjects).toEqual(Array.from({ length: 55 }, (_, i) => `${54 - i}`));
  });

  it("is for admins", async () => {
    expect((await call(PATH)).status).toBe(401);
    expect((await call(PATH, { headers: await bearer() })).status).toBe(403);
  });
});

describe("a change outside the database", () => {
  it("stands though it cannot be recorded, and the log keeps the trail", async () => {
    const error = vi.spyOn(console, "error").mockReturnValue(undefined);
    await auditAfterwards(
      observedDatabase("down").env,
      { actor: "a", action: "x.y", subject: "s", details: { n: 1 } },
      0,
    );
    expect(error).toHaveBeenCalledOnce();
    expect(JSON.parse(String(error.mock.calls[0]?.[0]))).toMatchObject({
      event: "audit_unrecorded",
      actor: "a",
      action: "x.y",
      subject: "s",
      details: '{"n":1}',
    });
    error.mockRestore();
  });
});
