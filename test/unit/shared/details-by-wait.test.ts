import { describe, expect, it } from "vitest";
import { DetailsByWait } from "../../../workers/shared/details-by-wait.ts";

describe("DetailsByWait", () => {
  it("keeps the details of the waits that are named now, however many others came before", () => {
    const waits = new DetailsByWait("Wait.");
    for (let wait = 4_500; wait >= 1; wait--) {
      expect(waits.of(wait)).toEqual({ detail: "Wait.", retryAfter: wait });
      expect(waits.of(wait)).toBe(waits.of(wait));
    }
  });

  it("keeps as many as the longest wait is spread over", () => {
    const waits = new DetailsByWait();
    const spread = () => Array.from({ length: 901 }, (_, n) => waits.of(3_600 + n));
    const [first, second] = [spread(), spread()];
    expect(second.every((details, n) => details === first[n])).toBe(true);
  });
});
