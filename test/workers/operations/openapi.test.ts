import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json";

interface Operation {
  requestBody?: { required?: boolean; content: Record<string, { schema: { required?: string[] } }> };
  responses: Record<string, { content?: Record<string, unknown> }>;
  security?: unknown[];
}

interface Document {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

async function readDocument(): Promise<Document> {
  const response = await exports.default.fetch("https://spike.test/openapi.json");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  return await response.json<Document>();
}

function operationsOf({ paths }: Document): [name: string, Operation][] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

it("answers /health with the version of the package", async () => {
  const response = await exports.default.fetch("https://spike.test/health");
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  const letters = { deadLetters: 0 };
  expect(await response.json()).toEqual({ status: "ok", version: manifest.version, ...letters });
});

describe("/openapi.json", () => {
  it("is OpenAPI 3.1 with the routes, the problem and the bearer token", async () => {
    const document = await readDocument();
    expect(document.openapi).toBe("3.1.0");
    expect(document.info.version).toBe(manifest.version);
    expect(document.components.schemas).toHaveProperty("Problem");
    expect(document.components.securitySchemes).toHaveProperty("bearer.scheme", "bearer");
    expect(operationsOf(document).map(([name]) => name)).toEqual(
      expect.arrayContaining([
        "POST /api/users",
        "GET /api/spikes/{id}",
        "POST /api/spikes/{id}/purchases/{token}",
        "POST /api/orders/{id}/payment",
        "POST /api/admin/spikes",
        "GET /health",
      ]),
    );
  });

  it("gives every refusal as a problem", async () => {
    for (const [name, { responses }] of operationsOf(await readDocument())) {
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        expect(Object.keys(content ?? {}), `${name} ${status}`).toEqual(["application/problem+json"]);
      }
    }
  });

  it("asks for a token on every route that belongs to somebody", async () => {
    const owned = operationsOf(await readDocument()).filter(([name]) =>
      /^\S+ \/api\/(orders|admin|users\/me|spikes\/{id}\/(access|token|purchases))/.test(name),
    );
    expect(owned.length).toBeGreaterThan(10);
    const open = owned.filter(([, { security }]) => JSON.stringify(security) !== '[{"bearer":[]}]');
    expect(open.map(([name]) => name)).toEqual([]);
  });

  it("requires a body wherever one of its fields is required, so that none is let through unread", async () => {
    const document = await readDocument();
    const lenient = operationsOf(document).filter(([, { requestBody }]) => {
      const schema = requestBody?.content["application/json"]?.schema;
      return schema?.required?.length && !requestBody?.required;
    });
    expect(lenient.map(([name]) => name)).toEqual([]);
  });
});
