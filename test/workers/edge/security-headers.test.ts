import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";

it.each(["/health", "/api/spikes", "/api/nowhere", "/api/orders"])(
  "lets a browser do nothing with the answer of %s but read it",
  async (path) => {
    const { headers } = await exports.default.fetch(`https://spike.test${path}`);
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000; includeSubDomains");
  },
);
