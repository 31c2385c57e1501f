import { expect, it } from "vitest";
import { request } from "../support/http.ts";
import { ApiDocument } from "./document.ts";

/** The calls of the HTTP contract, as its tables list them. */
const CONTRACT = [
  "POST /api/users",
  "POST /api/sessions",
  "POST /api/sessions/refresh",
  "DELETE /api/sessions",
  "GET /api/users/me",
  "GET /api/spikes",
  "GET /api/spikes/{id}",
  "GET /api/spikes/{id}/stock",
  "GET /api/spikes/{id}/access",
  "POST /api/spikes/{id}/token",
  "POST /api/spikes/{id}/purchases/{token}",
  "GET /api/orders",
  "GET /api/orders/{id}",
  "POST /api/orders/{id}/payment",
  "POST /api/orders/{id}/cancellation",
  "POST /api/admin/spikes",
  "GET /api/admin/spikes",
  "GET /api/admin/spikes/{id}",
  "PATCH /api/admin/spikes/{id}",
  "DELETE /api/admin/spikes/{id}",
  "POST /api/admin/spikes/{id}/pause",
  "POST /api/admin/spikes/{id}/resume",
  "POST /api/admin/spikes/{id}/restock",
  "POST /api/admin/spikes/{id}/waves",
  "GET /api/admin/spikes/{id}/ledger",
  "GET /api/admin/spikes/{id}/live",
  "GET /api/admin/orders",
  "GET /api/admin/orders.csv",
  "GET /api/admin/blacklist/{kind}/{value}",
  "PUT /api/admin/blacklist/{kind}/{value}",
  "DELETE /api/admin/blacklist/{kind}/{value}",
  "GET /api/admin/settings",
  "PUT /api/admin/settings",
  "GET /api/admin/users",
  "PATCH /api/admin/users/{id}",
  "GET /api/admin/audit",
  "GET /api/admin/spikes/{id}/reconciliation",
  "POST /api/admin/spikes/{id}/reconciliation",
  "GET /api/admin/dead-letters",
  "POST /api/admin/dead-letters/{id}/replay",
  "GET /health",
];

it("documents every call of the contract", async () => {
  const { operations } = await ApiDocument.read();
  expect(CONTRACT.filter((call) => !operations.includes(call))).toEqual([]);
});

it("writes patterns as JSON Schema does, without flags that readers would take for text", async () => {
  const text = await (await request("/openapi.json")).text();
  const patterns = [...text.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted = ""]) => JSON.parse(quoted) as string,
  );
  expect(patterns.length).toBeGreaterThan(3);
  expect(patterns.filter((pattern) => /[^\\]\/[a-z]+$/.test(pattern))).toEqual([]);
});
