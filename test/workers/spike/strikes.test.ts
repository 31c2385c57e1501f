import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Blacklist } from "../../../workers/shared/blacklist.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../../workers/shared/settings.ts";
import { CROWD_ACCOUNTS, HOUSEHOLD_ACCOUNTS, type Subject } from "../../../workers/shared/strikes.ts";
import { PATIENT_RATE } from "../../../workers/spike/impatience.ts";
import { forgetSuspect } from "../../../workers/spike/strikes.ts";
import { call } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import {
  BAR_AFTER,
  CHALLENGE_AFTER,
  guess,
  later,
  SETTINGS,
  somebody,
  useStrikeSettings,
} from "../support/suspects.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";
import { PATIENCE } from "../support/patience.ts";

useStrikeSettings();

const entryOf = (kind: Subject["kind"], value: string) =>
  new Blacklist(openRedis(env)).find({ kind, value }, Date.now());

describe("strikes", () => {
  it.each([
    [CHALLENGE_AFTER, 202],
    [CHALLENGE_AFTER + 1, 428],
  ])("after %i guessed tokens the right one gives %i", async (guesses, status) => {
    const spike = await createSpike();
    const userId = somebody();
    const token = await purchaseTokenFor(spike.id, userId);
    expect(new Set(await guess(spike.id, userId, guesses))).toEqual(new Set(["invalid_spike_token"]));
    expect((await buy(spike.id, { userId, token })).status).toBe(status);
  });

  it("are not given for an expired token of one's own, or for guesses of one moment", async () => {
    const spike = await createSpike({ endsAt: inMinutes(600) });
    const userId = somebody();
    const token = await purchaseTokenFor(spike.id, userId);
    for (let i = 0; i < 20; i++) await buy(spike.id, { userId, token: "guess" });
    later(180_000);
    for (let i = 0; i < 20; i++) {
      later();
      expect((await buy(spike.id, { userId, token })).body.code).toBe("invalid_spike_token");
    }
    expect((await buy(spike.id, { userId })).status).toBe(202);
  });

  it("are forgotten after a while", async () => {
    const spike = await createSpike({ endsAt: inMinutes(600) });
    const userId = somebody();
    await guess(spike.id, userId, CHALLENGE_AFTER + 1);
    expect((await buy(spike.id, { userId })).status).toBe(428);
    later(60_000);
    expect((await buy(spike.id, { userId })).status).toBe(202);
  });

  it("are nobody else's", async () => {
    const spike = await createSpike();
    await guess(spike.id, somebody(), BAR_AFTER + 1);
    expect((await buy(spike.id, { userId: somebody() })).status).toBe(202);
  });
});

describe("the blacklist, by strikes", () => {
  it("bars the account at once, in the database soon, and for as long as the settings say", async () => {
    const spike = await createSpike();
    const userId = somebody();
    const token = await purchaseTokenFor(spike.id, userId);
    await guess(spike.id, userId, BAR_AFTER + 1);
    const barredAt = Date.now();
    expect((await buy(spike.id, { userId, token })).body.code).toBe("blacklisted");
    await vi.waitFor(async () => {
      later(1_000); // the next report
      expect((await buy(spike.id, { userId, token })).body.code).toBe("blacklisted");
      const entry = await entryOf("user", userId);
      expect(entry).toMatchObject({ reason: "strikes: bad_token", createdBy: "system" });
      const lengthMs = Number(entry?.expiresAt) - barredAt;
      expect(Math.abs(lengthMs - SETTINGS.blacklistSeconds * 1_000)).toBeLessThan(60_000);
    }, PATIENCE);
  });

  it("shows such an entry to admins, and gives a fresh start when they lift it", async () => {
    const spike = await createSpike();
    const userId = somebody();
    const token = await purchaseTokenFor(spike.id, userId);
    await guess(spike.id, userId, BAR_AFTER + 1);
    const path = `/api/admin/blacklist/user/${userId}`;
    await vi.waitFor(async () => {
      later(1_000);
      await buy(spike.id, { userId, token });
      const { status, body } = await call(path, { headers: await adminBearer() });
      expect([status, body.reason]).toEqual([200, "strikes: bad_token"]);
    }, PATIENCE);
    expect((await call(path, { method: "DELETE", headers: await adminBearer() })).status).toBe(204);
    expect((await buy(spike.id, { userId, token })).status).toBe(202);
  });

  it("does not stop a purchase when Redis is away", async () => {
    const spike = await createSpike();
    const [bot, shopper] = [somebody(), somebody()];
    const get = vi.spyOn(env.EDGE_REDIS, "get").mockImplementation(() => {
      throw new Error("the object is away");
    });
    try {
      await guess(spike.id, bot, BAR_AFTER + 1);
      expect((await buy(spike.id, { userId: bot, token: "guess" })).status).toBe(403);
      expect((await buy(spike.id, { userId: shopper })).status).toBe(202);
    } finally {
      get.mockRestore();
    }
  });
});

describe("an address", () => {
  const from = (address: string) => ({ "cf-connecting-ip": address });

  /** With the settings that everybody starts with: one guess makes an account prove itself. */
  const byDefault = () =>
    saveSettings(env, { ...SETTINGS, strikesBeforeChallenge: DEFAULT_SETTINGS.strikesBeforeChallenge });

  it("with many accounts is not suspicious by that alone, and only when more than a fifth of them are", async () => {
    await byDefault();
    const spike = await createSpike({ stock: 1_000 });
    const crowd = from("203.0.113.50");
    const buyOnce = async () => (await buy(spike.id, { userId: somebody(), headers: crowd })).status;
    for (let i = 0; i < CROWD_ACCOUNTS; i++) expect(await buyOnce()).toBe(202);
    for (let i = 0; i < Math.ceil(CROWD_ACCOUNTS / HOUSEHOLD_ACCOUNTS); i++) {
      await guess(spike.id, somebody(), 1, crowd);
    }
    expect(await buyOnce()).toBe(202);
    await guess(spike.id, somebody(), 1, crowd);
    expect(await buyOnce()).toBe(428);
    const elsewhere = from("203.0.113.51");
    expect((await buy(spike.id, { userId: somebody(), headers: elsewhere })).status).toBe(202);
  });

  it.each([
    [1, 202],
    [2, 428],
  ])("on which %i accounts guess once gives another %i", async (accounts, status) => {
    await byDefault();
    const spike = await createSpike();
    const address = from(`203.0.113.6${accounts}`);
    for (let i = 0; i < accounts; i++) await guess(spike.id, somebody(), 1, address);
    const shopper = somebody();
    expect((await buy(spike.id, { userId: shopper, headers: address })).status).toBe(status);
    expect((await buy(spike.id, { userId: somebody() })).status).toBe(202);
  });

  it("on which one account guesses without end neither bars its neighbours nor makes them wait", async () => {
    await byDefault();
    const spike = await createSpike();
    const address = from("203.0.113.65");
    await guess(spike.id, somebody(), 10 * BAR_AFTER, address);
    expect((await buy(spike.id, { userId: somebody(), headers: address })).status).toBe(202);
  });

  it("has a fresh start when an admin lifts it", async () => {
    await byDefault();
    const spike = await createSpike();
    const address = "203.0.113.66";
    const buyOnce = async () => (await buy(spike.id, { userId: somebody(), headers: from(address) })).status;
    for (let i = 0; i < 2; i++) await guess(spike.id, somebody(), 1, from(address));
    expect(await buyOnce()).toBe(428);
    forgetSuspect({ kind: "ip", value: address });
    expect(await buyOnce()).toBe(202);
  });

  it.each([
    [BAR_AFTER - 1, 428, "challenge_required"],
    [BAR_AFTER + 1, 403, "blacklisted"],
  ])(
    "on which each of twenty accounts guesses %i times answers a neighbour %i",
    async (guesses, ...answer) => {
      const spike = await createSpike();
      const address = from(`203.0.113.7${guesses}`);
      const farm = Array.from({ length: 20 }, somebody);
      for (let i = 0; i < guesses; i++) {
        later();
        for (const userId of farm) await buy(spike.id, { userId, token: `guess${i}`, headers: address });
      }
      const userId = somebody();
      const token = await purchaseTokenFor(spike.id, userId);
      const { status, body } = await buy(spike.id, { userId, token, headers: address });
      expect([status, body.code]).toEqual(answer);
    },
  );

  it("counts for nothing when the limit per address is off", async () => {
    await saveSettings(env, { ...SETTINGS, addressRequestsPerWindow: 0 });
    const spike = await createSpike({ stock: 1_000 });
    for (let i = 0; i < 60; i++) {
      expect((await buy(spike.id, { userId: somebody(), headers: from("203.0.113.80") })).status).toBe(202);
    }
  });
});

describe("who asks in vain", () => {
  /** How often, and what a purchase gets for it afterwards. */
  const ASKED_IN_VAIN: [times: number, status: number][] = [
    [PATIENT_RATE.capacity, 202],
    [PATIENT_RATE.capacity + 1, 202],
    [PATIENT_RATE.capacity + 2, 428],
    [50, 428],
  ];
  const address = (last: number) => ({ "cf-connecting-ip": `198.51.100.${last}` });
  const askFor = async (spikeId: string, userId: string, headers: Record<string, string>) =>
    (
      await call(`/api/spikes/${spikeId}/token`, {
        method: "POST",
        headers: { ...(await bearer({ userId })), ...headers },
      })
    ).body.code;

  beforeEach(() =>
    saveSettings(env, { ...SETTINGS, strikesBeforeChallenge: DEFAULT_SETTINGS.strikesBeforeChallenge }),
  );

  it.each(ASKED_IN_VAIN)(
    "%i times before the start gets %i for it then, and nobody else at home does",
    async (times, status) => {
      const spike = await createSpike({ startsAt: inMinutes(0.1), endsAt: inMinutes(600) });
      const userId = somebody();
      const home = address(times);
      for (let i = 0; i < times; i++) {
        later();
        expect(await askFor(spike.id, userId, home)).toBe("too_early");
      }
      vi.setSystemTime(Date.parse(spike.startsAt));
      expect((await buy(spike.id, { userId, headers: home })).status).toBe(status);
      expect((await buy(spike.id, { userId: somebody(), headers: home })).status).toBe(202);
    },
  );

  it("once a second before the start may buy then", async () => {
    const spike = await createSpike({ startsAt: inMinutes(1), endsAt: inMinutes(600) });
    const userId = somebody();
    for (let i = 0; i < 59; i++) {
      expect(await askFor(spike.id, userId, address(200))).toBe("too_early");
      later(1_000);
    }
    vi.setSystemTime(Date.parse(spike.startsAt));
    expect((await buy(spike.id, { userId, headers: address(200) })).status).toBe(202);
  });

  it.each(ASKED_IN_VAIN)("%i times when all is sold gets %i for what comes back", async (times, status) => {
    const spike = await createSpike({ stock: 1, maxPerUser: 1, endsAt: inMinutes(600) });
    const [winner, userId] = [somebody(), somebody()];
    // One session for all tries: who asks is known at the door by a token that was verified before.
    const headers = { ...address(100 + times), ...(await bearer({ userId })) };
    // While there is something left, so that the isolate has met the account.
    const asked = await call<{ token: string }>(`/api/spikes/${spike.id}/token`, { method: "POST", headers });
    const { token } = asked.body;
    const won = await buy(spike.id, { userId: winner });
    expect(won.status).toBe(202);
    const tries: unknown[] = [];
    for (let i = 0; i < times; i++) {
      later();
      tries.push((await buy(spike.id, { userId, token, key: `k${i}`, headers })).body.code);
    }
    expect(new Set(tries)).toEqual(new Set(["sold_out"]));
    await call(`/api/orders/${String(won.body.orderId)}/cancellation`, {
      method: "POST",
      headers: await bearer({ userId: winner }),
    });
    const onlooker = somebody();
    await vi.waitFor(async () => {
      later(); // until the isolate has heard of the unit that came back
      expect(await askFor(spike.id, onlooker, {})).toBeUndefined();
    }, PATIENCE);
    expect((await buy(spike.id, { userId, token, headers })).status).toBe(status);
  });

  it("is never barred for it", async () => {
    const spike = await createSpike({ startsAt: inMinutes(1), endsAt: inMinutes(600) });
    const userId = somebody();
    for (let i = 0; i < 500; i++) {
      later();
      expect(await askFor(spike.id, userId, address(201))).toBe("too_early");
    }
    vi.setSystemTime(Date.parse(spike.startsAt));
    expect((await buy(spike.id, { userId, headers: address(201) })).status).toBe(428);
  });

  it("is not counted without an address, as on the operator's own machine", async () => {
    const spike = await createSpike({ startsAt: inMinutes(0.1), endsAt: inMinutes(600) });
    const userId = somebody();
    for (let i = 0; i < 50; i++) {
      later();
      await askFor(spike.id, userId, {});
    }
    vi.setSystemTime(Date.parse(spike.startsAt));
    expect((await buy(spike.id, { userId })).status).toBe(202);
  });

  it("is not counted when challenges are off", async () => {
    await saveSettings(env, { ...SETTINGS, strikesBeforeChallenge: 0 });
    const spike = await createSpike({ startsAt: inMinutes(0.1), endsAt: inMinutes(600) });
    const userId = somebody();
    for (let i = 0; i < 50; i++) {
      later();
      await askFor(spike.id, userId, address(202));
    }
    await saveSettings(env, { ...SETTINGS, strikesBeforeChallenge: 1 });
    vi.setSystemTime(Date.parse(spike.startsAt));
    expect((await buy(spike.id, { userId, headers: address(202) })).status).toBe(202);
  });
});

describe("with all filters at zero", () => {
  it("nobody is limited, challenged or barred, however they hammer", async () => {
    const zero = Object.fromEntries(Object.keys(DEFAULT_SETTINGS).map((name) => [name, 0])) as Settings;
    await saveSettings(env, zero);
    const spike = await createSpike({ stock: 1_000, maxPerUser: 500 });
    const userId = somebody();
    const headers = { "cf-connecting-ip": "203.0.113.90" };
    const token = await purchaseTokenFor(spike.id, userId);
    const statuses = new Set<unknown>();
    for (let i = 0; i < 150; i++) {
      later();
      statuses.add((await buy(spike.id, { userId, token, headers, body: { quantity: 1 } })).status);
      if (i % 10 === 0) {
        statuses.add((await buy(spike.id, { userId, token: "guess", headers })).body.code);
        await buy(spike.id, { userId: somebody(), headers });
      }
    }
    expect(statuses).toEqual(new Set([202, "invalid_spike_token"]));
    expect(await entryOf("user", userId)).toBeNull();
  });
});
