import { exports } from "cloudflare:workers";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../../workers/edge/context.ts";
import { noStoreByDefault } from "../../../workers/edge/no-store-by-default.ts";

const get = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(`https://shop.test${path}`, { headers, redirect: "manual" });

describe("the pages that the Worker renders", () => {
  it("may be kept by every cache for a second, and differ only by language", async () => {
    const response = await get("/", { "accept-language": "zh-CN" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-language")).toBe("zh-CN");
    expect(response.headers.get("vary")).toBe("Accept-Language");
    expect(response.headers.get("cache-control")).toContain("s-maxage=1");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(await response.text()).toContain('lang="zh-CN"');
    // The address says which language, so there is nothing to vary by.
    const named = await get("/en", { "accept-language": "zh-CN" });
    expect(named.headers.get("vary")).toBeNull();
    expect(await named.text()).toContain('lang="en"');
  });

  it("answer a browser that has them already with nothing", async () => {
    const first = await get("/en");
    const again = await get("/en", { "if-none-match": first.headers.get("etag") ?? "" });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
    const other = await get("/zh", { "if-none-match": first.headers.get("etag") ?? "" });
    expect(other.status).toBe(200);
  });

  it("run no inline script and no inline style", async () => {
    const response = await get("/en");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe");
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });

  it("send addresses that name no language to one that does", async () => {
    const response = await get("/orders/abc?x=1", { "accept-language": "zh" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/zh/orders/abc?x=1");
    expect(response.headers.get("vary")).toBe("Accept-Language");
  });

  it("say that there is nothing, to a person as a page and to a program as a problem", async () => {
    const page = await get("/en/spikes/nosuchsale00");
    expect(page.status).toBe(404);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(await page.text()).toContain("Nothing here");
    const lost = await get("/zh/nowhere", { accept: "text/html,*/*" });
    const text = await lost.text();
    expect(text).toContain("这里什么也没有");
    // The other language says the same at the same place.
    expect(text).toContain('href="/en/nowhere"');
    expect(text).not.toContain("aria-current");
    const program = await get("/nowhere", { accept: "*/*" });
    expect(program.headers.get("content-type")).toBe("application/problem+json");
    const api = await get("/api/nowhere", { accept: "text/html" });
    expect(api.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("an answer that does not say whether it may be kept", () => {
  const app = new Hono<AppEnv>();
  app.use(noStoreByDefault());
  app.get("/silent", (c) => c.text("mine"));
  app.get("/shared", (c) => c.text("everyone's", 200, { "cache-control": "public, max-age=1" }));

  it("is kept by nobody", async () => {
    expect((await app.request("/silent")).headers.get("cache-control")).toBe("private, no-store");
    expect((await app.request("/shared")).headers.get("cache-control")).toBe("public, max-age=1");
  });
});
