import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";

it("answers an unknown path with a problem", async () => {
  const response = await exports.default.fetch("https://spike.test/api/nowhere");
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = await response.json<Record<string, unknown>>();
  expect(problem).toMatchObject({
    code: "not_found",
    status: 404,
    requestId: response.headers.get("x-request-id"),
  });
});
