import { describe, expect, it } from "vitest";
import { parseOrderEventsMessage } from "../../../workers/order/queue/message.ts";
import { explain, explainDelivery, explainLetter } from "../../../workers/shared/explanations.ts";

const event = {
  orderId: "sale-1-nonce",
  userId: "u",
  state: "paid",
  quantity: 1,
  amountMinor: 1,
  version: 1,
};
const times = { payBefore: 1, createdAt: 1, updatedAt: 1 };
const message = { format: 1, spikeId: "sale", spikeTitle: "Lamp", currency: "EUR" };

describe("what is explained", () => {
  it("has its values in the sentence and beside it, whatever they hold", () => {
    expect(explain("order_of_another_sale", "$& {}")).toEqual({
      detail: "The database has $& {} as an order of this sale, and it is none. Nothing was restored.",
      explanation: { code: "order_of_another_sale", values: ["$& {}"] },
    });
    expect(explain("no_such_sale")).toEqual({
      detail: "There is no such sale.",
      explanation: { code: "no_such_sale" },
    });
  });

  it.each([
    [null, "the body"],
    [{}, "format"],
    [{ ...message, events: [] }, "events"],
    [
      {
        ...message,
        events: [
          { ...event, ...times },
          { ...event, ...times, version: 0 },
        ],
      },
      "events[1].version",
    ],
    [{ ...message, events: [7] }, "events[0]"],
  ])("is found again in the fault of a message: %j", (body, place) => {
    const parsed = parseOrderEventsMessage(body);
    const reason = parsed.ok ? "none" : parsed.reason;
    expect(explainLetter(reason)).toMatchObject({
      code: "message_malformed",
      values: [place, expect.any(String)],
    });
    expect(explainLetter(`${reason}, and its reason could not be kept at once`)).toMatchObject({
      code: "message_malformed_unkept",
      values: [place, expect.any(String)],
    });
  });

  it("is found again in what a database or a receiver said, with its own words", () => {
    expect(explainLetter("order sale-1-x: D1_ERROR: CHECK: a is not b\nsecond line")).toEqual({
      code: "refused_by_database",
      values: ["sale-1-x", "D1_ERROR: CHECK: a is not b\nsecond line"],
    });
    expect(explainDelivery("answered 500 it is not\nthat")).toEqual({
      code: "receiver_answered",
      values: ["500 it is not\nthat"],
    });
    expect(explainDelivery("not sent: the address a.b has no address")?.code).toBe("host_without_address");
    expect(explainDelivery("not sent: the address must begin with https://")?.code).toBe("address_forbidden");
    expect(explainDelivery("something else is not known")?.code).toBe("delivery_failed");
    expect(explainLetter("something else")).toBeUndefined();
  });
});
