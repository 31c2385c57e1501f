import { describe, expect, it } from "vitest";
import { call } from "../support/http.ts";
import { createSpike } from "../support/spikes.ts";
import { bearer } from "../support/tokens.ts";

describe("GET /api/spikes/{id}/access", () => {
  it("tells the caller whether the rules let him in, and why not", async () => {
    const { id } = await createSpike({ accessRules: [{ kind: "min_tier", tier: 2 }] });
    const path = `/api/spikes/${id}/access`;
    expect(await call(path, { headers: await bearer({ tier: 2 }) })).toEqual({
      status: 200,
      body: { allowed: true },
    });
    expect(await call(path, { headers: await bearer({ tier: 1 }) })).toEqual({
      status: 200,
      body: {
        allowed: false,
        rule: "min_tier",
        detail: "This sale needs star level 2 or higher; yours is 1.",
      },
    });
  });

  it("is for someone, and about a sale that exists", async () => {
    const { id } = await createSpike();
    expect(await call(`/api/spikes/${id}/access`)).toMatchObject({ body: { code: "unauthenticated" } });
    expect(await call("/api/spikes/nosuchspike0/access", { headers: await bearer() })).toMatchObject({
      status: 404,
      body: { code: "not_found" },
    });
  });
});
