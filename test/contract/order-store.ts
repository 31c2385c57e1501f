import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OrderStore, RowsRefused } from "../../workers/order/store/order-store.ts";
import type { OrderSnapshot } from "../../workers/shared/order.ts";
import { SAMPLE_TIME, sampleOrder } from "../workers/order/samples.ts";

/** A database with an empty `orders` table or one that may be emptied. */
export interface OrderDatabase {
  /** Another store on the same database. */
  open(): OrderStore | Promise<OrderStore>;
  /** Runs a statement that both dialects understand, past the store. */
  execute(statement: string): Promise<unknown>;
}

/** What every order store has to do, whichever database is behind it. */
export function describeOrderStore(name: string, database: OrderDatabase): void {
  describe(`orders in ${name}`, () => {
    let store: OrderStore;
    const open = () => database.open();

    beforeEach(async () => {
      await database.execute("DELETE FROM orders");
      store = await open();
    });

    afterEach(() => store.close());

    async function allPages(limit: number, filter = {}): Promise<OrderSnapshot[]> {
      const found: OrderSnapshot[] = [];
      let before = null;
      do {
        const page = await store.page(filter, before, limit);
        expect(page.orders.length).toBeLessThanOrEqual(limit);
        found.push(...page.orders);
        before = page.next;
      } while (before !== null);
      return found;
    }

    describe("upsert", () => {
      it("records orders and gives them back unchanged", async () => {
        const orders = [
          sampleOrder(1),
          sampleOrder(2, {
            spikeTitle: "秒杀 “Ünïcödé” 🎁 ' OR 1=1; --",
            userId: "u'2",
            state: "paid",
            version: 9,
          }),
          sampleOrder(3, { amountMinor: Number.MAX_SAFE_INTEGER, quantity: 1000, createdAt: 0 }),
        ];
        await store.upsert(orders);
        for (const order of orders) expect(await store.find(order.orderId, order.userId)).toEqual(order);
      });

      it("takes a long title in any script, letter by letter", async () => {
        const order = sampleOrder(1, { spikeTitle: "限时秒杀🎁".repeat(40) });
        await store.upsert([order]);
        expect(await store.find(order.orderId, "u1")).toEqual(order);
      });

      it("takes what several consumers record at once, in opposite orders", async () => {
        const at = (version: number) =>
          Array.from({ length: 300 }, (_, i) => sampleOrder(i + 1, { version, quantity: version }));
        await Promise.all(
          [3, 1, 4, 2].map(async (version) => {
            const own = await open();
            try {
              await own.upsert(version % 2 === 0 ? at(version) : at(version).toReversed());
            } finally {
              await own.close();
            }
          }),
        );
        const { orders } = await store.page({}, null, 300);
        expect(orders.map(({ version, quantity }) => [version, quantity])).toEqual(orders.map(() => [4, 4]));
      });

      it("is harmless when repeated, and when given nothing", async () => {
        await store.upsert([]);
        await store.upsert([sampleOrder(1)]);
        await store.upsert([sampleOrder(1)]);
        expect(await allPages(10)).toEqual([sampleOrder(1)]);
      });

      it.each([[[1, 2, 3]], [[3, 2, 1]], [[2, 3, 1]], [[3, 1, 2]]])(
        "keeps the newest version when versions arrive as %j, one by one or together",
        async (versions) => {
          const states = { 1: "reserved", 2: "expired", 3: "paid" } as const;
          const events = versions.map((version) =>
            sampleOrder(1, {
              version,
              state: states[version as 1 | 2 | 3],
              updatedAt: SAMPLE_TIME + version,
            }),
          );
          for (const event of events) await store.upsert([event]);
          expect(await store.find(sampleOrder(1).orderId, "u1")).toMatchObject({ version: 3, state: "paid" });
          await store.upsert(events);
          expect(await store.find(sampleOrder(1).orderId, "u1")).toMatchObject({ version: 3, state: "paid" });
        },
      );

      it("takes thousands of rows at once", async () => {
        const orders = Array.from({ length: 3000 }, (_, i) => sampleOrder(i + 1));
        await store.upsert(orders);
        expect(await store.countByState("sample")).toMatchObject({ reserved: 3000 });
      });

      it("tells rows that the database refuses from a database that fails", async () => {
        const bad = { ...sampleOrder(1), userId: null } as unknown as OrderSnapshot;
        await expect(store.upsert([sampleOrder(2), bad])).rejects.toThrow(RowsRefused);
        expect(await store.find(sampleOrder(2).orderId, "u1")).toBeNull();

        await database.execute("ALTER TABLE orders RENAME TO orders_away");
        try {
          const failure = await store.upsert([sampleOrder(2)]).catch((error: unknown) => error);
          expect(failure).toBeInstanceOf(Error);
          expect(failure).not.toBeInstanceOf(RowsRefused);
        } finally {
          await database.execute("ALTER TABLE orders_away RENAME TO orders");
        }
      });
    });

    describe("replace", () => {
      const right = sampleOrder(1, { version: 2, state: "paid" });
      const damaged = sampleOrder(1, { version: 9, amountMinor: 1 });
      const wrong = { orderId: damaged.orderId, version: damaged.version };

      it("puts the right row in the place of a wrong one, even of one that calls itself newer", async () => {
        await store.upsert([damaged, sampleOrder(2), sampleOrder(3)]);
        await store.replace(
          [wrong, { orderId: sampleOrder(3).orderId, version: 1 }],
          [right, sampleOrder(4)],
        );
        expect((await allPages(10)).map(({ orderId }) => orderId)).toEqual(
          [4, 2, 1].map((sequence) => sampleOrder(sequence).orderId),
        );
        expect(await store.find(right.orderId, "u1")).toEqual(right);
      });

      it("leaves alone what has changed since somebody found it wrong", async () => {
        const newer = sampleOrder(1, { version: 10, state: "expired" });
        await store.upsert([newer]);
        await store.replace([wrong], [right]);
        expect(await allPages(10)).toEqual([newer]);
      });

      it("changes nothing when the database refuses a row", async () => {
        await store.upsert([damaged]);
        const bad = { ...sampleOrder(2), userId: null } as unknown as OrderSnapshot;
        await expect(store.replace([wrong], [right, bad])).rejects.toThrow(RowsRefused);
        expect(await allPages(10)).toEqual([damaged]);
      });

      it("takes a page of orders at once", async () => {
        const page = Array.from({ length: 1_000 }, (_, i) => sampleOrder(i + 1));
        await store.upsert(page.map((order) => ({ ...order, version: 7 })));
        await store.replace(
          page.map(({ orderId }) => ({ orderId, version: 7 })),
          page,
        );
        expect(await allPages(1_000)).toEqual(page.toReversed());
      });
    });

    describe("page", () => {
      const orders = Array.from({ length: 7 }, (_, i) =>
        sampleOrder(i + 1, {
          // Orders of one instant must not be skipped or repeated at a page's end.
          createdAt: SAMPLE_TIME + Math.floor(i / 3),
          userId: i % 2 === 0 ? "even" : "odd",
          state: i < 4 ? "reserved" : "paid",
        }),
      );
      const newestFirst = [...orders].sort(
        (a, b) => b.createdAt - a.createdAt || (b.orderId > a.orderId ? 1 : -1),
      );

      beforeEach(() => store.upsert(orders));

      it.each([1, 2, 3, 6, 7, 8])("shows every order once, newest first, %i at a time", async (limit) => {
        expect(await allPages(limit)).toEqual(newestFirst);
      });

      it("filters by user, spike and state, alone and together", async () => {
        const of = (test: (order: OrderSnapshot) => boolean) => newestFirst.filter(test);
        expect(await allPages(2, { userId: "odd" })).toEqual(of(({ userId }) => userId === "odd"));
        expect(await allPages(2, { state: "paid" })).toEqual(of(({ state }) => state === "paid"));
        expect(await allPages(2, { spikeId: "other" })).toEqual([]);
        expect(await allPages(2, { spikeId: "sample", userId: "even", state: "paid" })).toEqual(
          of(({ userId, state }) => userId === "even" && state === "paid"),
        );
      });

      it("is not disturbed by orders that come while someone pages", async () => {
        const first = await store.page({}, null, 3);
        await store.upsert([sampleOrder(100, { createdAt: SAMPLE_TIME + 50 })]);
        const rest = await store.page({}, first.next, 10);
        expect([...first.orders, ...rest.orders]).toEqual(newestFirst);
      });

      it("shows every older order once while others keep coming", async () => {
        const writing = new AbortController();
        const writer = (async () => {
          for (let sequence = 200; !writing.signal.aborted; sequence++)
            await store.upsert([sampleOrder(sequence, { createdAt: SAMPLE_TIME + sequence })]);
        })();
        const seen: OrderSnapshot[] = [];
        let before = (await store.page({}, null, 1)).next;
        before ??= { at: SAMPLE_TIME + 100, id: "" };
        do {
          const page = await store.page({}, before, 1);
          seen.push(...page.orders);
          before = page.next;
        } while (before !== null);
        writing.abort();
        await writer;
        const older = newestFirst.filter(({ orderId }) => seen.some((order) => order.orderId === orderId));
        expect(seen.filter(({ createdAt }) => createdAt < SAMPLE_TIME + 100)).toEqual(older);
        expect(older.length).toBeGreaterThanOrEqual(newestFirst.length - 1);
      });
    });

    describe("find, findMany and countByState", () => {
      it("finds an order for its owner alone", async () => {
        await store.upsert([sampleOrder(1)]);
        expect(await store.find("sample-1-nonce", "u1")).toEqual(sampleOrder(1));
        expect(await store.find("sample-1-nonce", "u2")).toBeNull();
        expect(await store.find("sample-2-nonce", "u1")).toBeNull();
      });

      it("takes names for different that differ in a blank or a letter's case", async () => {
        await store.upsert([sampleOrder(1, { userId: "U1" }), sampleOrder(2, { state: "paid" })]);
        for (const stranger of ["u1 ", "U1 ", "ú1"]) {
          expect(await store.find(sampleOrder(1).orderId, stranger)).toBeNull();
          expect((await store.page({ userId: stranger }, null, 5)).orders).toEqual([]);
          expect(await store.paidIn(stranger, ["sample"])).toEqual([]);
        }
        expect(await store.paidIn("u1", ["sample", "other"])).toEqual(["sample"]);
        expect(await store.paidIn("u1", [])).toEqual([]);
      });

      it("finds many by id, far more than a statement takes parameters", async () => {
        const orders = Array.from({ length: 300 }, (_, i) => sampleOrder(i + 1));
        await store.upsert(orders);
        const found = await store.findMany([...orders.map(({ orderId }) => orderId), "sample-zz-nonce"]);
        expect(new Set(found.map(({ orderId }) => orderId)).size).toBe(300);
        expect(await store.findMany([])).toEqual([]);
      });

      it("counts a spike's orders by state", async () => {
        await store.upsert([
          sampleOrder(1),
          sampleOrder(2),
          sampleOrder(3, { state: "paid" }),
          sampleOrder(1, { spikeId: "other", state: "expired" }),
        ]);
        expect(await store.countByState("sample")).toEqual({
          reserved: 2,
          paid: 1,
          cancelled: 0,
          expired: 0,
        });
        const striped = "aaaaaaaaaaaai12";
        await store.upsert(
          ["", "", "-1", "-11"].map((end, n) =>
            sampleOrder(1, { spikeId: striped, orderId: `${striped}-${n + 1}-nonce${end}` }),
          ),
        );
        const counts = [0, 1, 11, 2, undefined].map((stripe) => store.countByState(striped, stripe));
        expect((await Promise.all(counts)).map(({ reserved }) => reserved)).toEqual([2, 1, 1, 0, 4]);
        expect(await store.countByState("none")).toEqual({ reserved: 0, paid: 0, cancelled: 0, expired: 0 });
      });
    });
  });
}
