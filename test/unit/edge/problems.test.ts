import { describe, expect, it } from "vitest";
import { problemResponse } from "../../../workers/edge/problems.ts";
import { DetailsByWait } from "../../../workers/shared/details-by-wait.ts";
import type { RefusalCode, RefusalDetails } from "../../../workers/shared/refusals.ts";

const read = async (code: RefusalCode, details: RefusalDetails, requestId = "r1") => {
  const response = problemResponse(code, details, requestId);
  return { wait: response.headers.get("retry-after"), body: await response.json() };
};

describe("problemResponse", () => {
  it("says the same of details whose text it kept, with each request's own id", async () => {
    const details = new DetailsByWait("Wait.").of(2);
    const body = { code: "overloaded", status: 503, detail: "Wait.", retryAfter: 2 };
    expect(await read("overloaded", details, "r1")).toMatchObject({
      wait: "2",
      body: { ...body, requestId: "r1" },
    });
    expect(await read("overloaded", details, "r2")).toMatchObject({
      wait: "2",
      body: { ...body, requestId: "r2" },
    });
  });

  it("takes no text of one code for that of another", async () => {
    const none = Object.freeze({});
    expect(await read("ended", none)).toMatchObject({ wait: null, body: { code: "ended", status: 410 } });
    expect(await read("blacklisted", none)).toMatchObject({ body: { code: "blacklisted", status: 403 } });
  });

  it("reads details anew that may change", async () => {
    const details: RefusalDetails = { retryAfter: 1 };
    expect(await read("paused", details)).toMatchObject({ wait: "1", body: { retryAfter: 1 } });
    details.retryAfter = 9;
    expect(await read("paused", details)).toMatchObject({ wait: "9", body: { retryAfter: 9 } });
  });

  it("names each answer's own wait, however many waits there are", async () => {
    const waits = new DetailsByWait();
    for (const wait of [1, 2, 1, ...Array.from({ length: 300 }, (_, n) => n), 1]) {
      expect(await read("rate_limited", waits.of(wait))).toMatchObject({
        wait: String(wait),
        body: { retryAfter: wait, detail: "Too fast" },
      });
    }
  });
});
