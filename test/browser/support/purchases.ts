import type { Page, Request } from "playwright-core";

export const PURCHASES = "**/api/spikes/*/purchases/*";

/** Answers the first purchases with these problems; later ones reach the server. Returns all requests. */
export async function refuseFirst(page: Page, problems: Record<string, unknown>[]): Promise<Request[]> {
  const requests: Request[] = [];
  await page.route(PURCHASES, async (route) => {
    const problem = problems[requests.length];
    requests.push(route.request());
    if (!problem) return route.continue();
    const { status, retryAfter } = problem as { status: number; retryAfter?: number };
    return route.fulfill({
      status,
      headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) },
      contentType: "application/problem+json",
      body: JSON.stringify(problem),
    });
  });
  return requests;
}

/** The idempotency keys of these requests, each once. */
export const keysOf = (requests: Request[]) =>
  new Set(requests.map((request) => request.headers()["idempotency-key"]));
