import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createAccount } from "../../../workers/user/accounts.ts";
import {
  ACCOUNT_ALLOWANCE,
  ADDRESS_ALLOWANCE,
  brake,
  countAttempt,
  counted,
  countedAddress,
  forgiveLogin,
  REGISTRATION_ALLOWANCE,
} from "../../../workers/user/login-throttle.ts";
import { command, pexpire, pexpiretime } from "../../../workers/shared/redis/commands.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { logIn as logInService } from "../../../workers/user/sessions.ts";
import { logIn, PASSWORD, register } from "./client.ts";

const RATE_LIMITED = { code: "rate_limited" };
const redis = openRedis(env);

async function attempts(subject: ReturnType<typeof counted>, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await countAttempt(env, [subject], Date.now());
}

const failuresOf = (subject: string) => redis.run(command(["GET", `attempts:${subject}`]));

/** Lets the window of a subject end in so many milliseconds. */
const endWindow = (subject: string, ms: number) => redis.run(pexpire(`attempts:${subject}`, ms));

describe("counting attempts", () => {
  it.each([ACCOUNT_ALLOWANCE, ADDRESS_ALLOWANCE, REGISTRATION_ALLOWANCE])(
    "of $kind allows $attemptsMax in $windowSeconds s and not one more",
    async (allowance) => {
      const subject = counted(allowance, "bound");
      const start = Date.now();
      const [first] = await countAttempt(env, [subject], start);
      const windowEndsAt = first?.windowEndsAt ?? 0;
      expect(windowEndsAt).toBeGreaterThanOrEqual(start + allowance.windowSeconds * 1_000);
      await attempts(subject, allowance.attemptsMax - 1);
      await expect(countAttempt(env, [subject], windowEndsAt - 5_000)).rejects.toMatchObject({
        ...RATE_LIMITED,
        details: { retryAfter: 5 },
      });
      await expect(countAttempt(env, [subject], windowEndsAt - 1)).rejects.toMatchObject({
        details: { retryAfter: 1 },
      });
      await endWindow(subject.subject, 0);
      await countAttempt(env, [subject], Date.now());
    },
  );

  it("refuses for a second at least, though the clocks differ", async () => {
    const subject = counted(ACCOUNT_ALLOWANCE, "ahead");
    await attempts(subject, ACCOUNT_ALLOWANCE.attemptsMax);
    const later = Date.now() + 2 * ACCOUNT_ALLOWANCE.windowSeconds * 1_000;
    await expect(countAttempt(env, [subject], later)).rejects.toMatchObject({ details: { retryAfter: 1 } });
  });

  it("at the same moment lets exactly the allowed number through", async () => {
    const subject = counted(ACCOUNT_ALLOWANCE, "parallel");
    const results = await Promise.allSettled(
      Array.from({ length: 25 }, () => countAttempt(env, [subject], Date.now())),
    );
    const through = results.filter(({ status }) => status === "fulfilled");
    expect(through).toHaveLength(ACCOUNT_ALLOWANCE.attemptsMax);
  });

  it("keeps accounts, addresses and registrations apart", async () => {
    await attempts(counted(ACCOUNT_ALLOWANCE, "same"), ACCOUNT_ALLOWANCE.attemptsMax);
    await attempts(counted(ADDRESS_ALLOWANCE, "same"), 1);
    await attempts(counted(REGISTRATION_ALLOWANCE, "same"), 1);
    await attempts(counted(ACCOUNT_ALLOWANCE, "other"), 1);
    await expect(attempts(counted(ACCOUNT_ALLOWANCE, "same"), 1)).rejects.toMatchObject(RATE_LIMITED);
  });

  it("waits for the subject that is blocked longest", async () => {
    const account = counted(ACCOUNT_ALLOWANCE, "late");
    const address = counted(ADDRESS_ALLOWANCE, "early");
    await attempts(address, ADDRESS_ALLOWANCE.attemptsMax);
    await endWindow(address.subject, 300_000);
    await attempts(account, ACCOUNT_ALLOWANCE.attemptsMax - 1);
    const addressEnd = await redis.run(pexpiretime(`attempts:${address.subject}`));
    await expect(countAttempt(env, [account, address], addressEnd - 7_000)).rejects.toMatchObject({
      details: { retryAfter: 7 },
    });
    const accountEnd = await redis.run(pexpiretime(`attempts:${account.subject}`));
    await expect(countAttempt(env, [account, address], accountEnd - 700_000)).rejects.toMatchObject({
      details: { retryAfter: 700 },
    });
  });

  it("counts nobody where the platform reports no address, and an IPv6 network as one", () => {
    expect(countedAddress(ADDRESS_ALLOWANCE, null)).toEqual([]);
    expect(countedAddress(ADDRESS_ALLOWANCE, "2001:db8::1")).toEqual(
      countedAddress(ADDRESS_ALLOWANCE, "2001:db8::ffff:2"),
    );
  });
});

describe("a login", () => {
  it("with the right password is refused too while its account is throttled", async () => {
    await register("victim");
    for (let time = 0; time < ACCOUNT_ALLOWANCE.attemptsMax; time++) {
      expect((await logIn("victim", `guess number ${time}`)).status).toBe(401);
    }
    const refused = await logIn("VICTIM", PASSWORD);
    expect(refused).toMatchObject({ status: 429, body: RATE_LIMITED });
    const retryAfter = Number(refused.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(ACCOUNT_ALLOWANCE.windowSeconds);
    await endWindow("account:victim", 0);
    expect((await logIn("victim", PASSWORD)).status).toBe(200);
  });

  it("of a name that does not exist is throttled just the same", async () => {
    await attempts(counted(ACCOUNT_ALLOWANCE, "ghost"), ACCOUNT_ALLOWANCE.attemptsMax);
    expect((await logIn("ghost")).status).toBe(429);
  });

  it("that succeeds forgives its account, and its address only this attempt", async () => {
    await createAccount(env, { username: "forgetful", password: PASSWORD }, Date.now());
    const address = { "cf-connecting-ip": "203.0.113.7" };
    await logIn("forgetful", "not this one", address);
    expect(await failuresOf("account:forgetful")).toBe("1");
    expect((await logIn("forgetful", PASSWORD, address)).status).toBe(200);
    expect(await failuresOf("account:forgetful")).toBeNull();
    expect(await failuresOf("address:203.0.113.7")).toBe("1");
  });

  it("forgives nothing of a window that has begun since", async () => {
    const subject = counted(ADDRESS_ALLOWANCE, "203.0.113.8");
    const old = await countAttempt(env, [subject], Date.now());
    await endWindow(subject.subject, 0);
    await forgiveLogin(env, old);
    expect(await failuresOf(subject.subject)).toBeNull();
    await attempts(subject, 1);
    await forgiveLogin(
      env,
      old.map((attempt) => ({ ...attempt, windowEndsAt: attempt.windowEndsAt - 1 })),
    );
    expect(await failuresOf(subject.subject)).toBe("1");
  });

  it("is refused while nobody can count", async () => {
    const away = { execute: () => Promise.reject(new Error("the object is away")) };
    const EDGE_REDIS = { idFromName: () => null, get: () => away };
    const credentials = { username: "forgetful", password: PASSWORD };
    await expect(logInService({ ...env, EDGE_REDIS } as unknown as Env, credentials, null)).rejects.toThrow(
      "away",
    );
  });

  it("of many accounts from one address is refused", async () => {
    const subject = counted(ADDRESS_ALLOWANCE, "198.51.100.9");
    await attempts(subject, ADDRESS_ALLOWANCE.attemptsMax);
    const refused = await logIn("forgetful", PASSWORD, { "cf-connecting-ip": "198.51.100.9" });
    expect(refused).toMatchObject({ status: 429, body: RATE_LIMITED });
    expect((await logIn("forgetful", PASSWORD, { "cf-connecting-ip": "198.51.100.10" })).status).toBe(200);
  });
});

describe("a registration", () => {
  it("is refused after too many from one address, and never for want of an address", async () => {
    const subject = counted(REGISTRATION_ALLOWANCE, "198.51.100.20");
    await attempts(subject, REGISTRATION_ALLOWANCE.attemptsMax);
    const refused = await register("one.too.many", PASSWORD, { "cf-connecting-ip": "198.51.100.20" });
    expect(refused).toMatchObject({ status: 429, body: RATE_LIMITED });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await register("local.user", PASSWORD, { "cf-connecting-ip": "127.0.0.1" })).status).toBe(201);
    expect(await failuresOf("registration:127.0.0.1")).toBeNull();
  });
});

describe("the platform's brake", () => {
  const subject = counted(ACCOUNT_ALLOWANCE, "braked");
  const withBrake = (limit: RateLimit["limit"]) => ({ ...env, ACCOUNT_BRAKE: { limit } });

  it("stops a flood before anything is counted", async () => {
    const flooded = withBrake(({ key }) => Promise.resolve({ success: key !== "account:braked" }));
    await expect(brake(flooded, [subject])).rejects.toMatchObject({
      ...RATE_LIMITED,
      details: { retryAfter: 60 },
    });
    await brake(flooded, [counted(ACCOUNT_ALLOWANCE, "calm")]);
    await expect(
      logInService(flooded, { username: "braked", password: PASSWORD }, null),
    ).rejects.toMatchObject(RATE_LIMITED);
    expect(await failuresOf(subject.subject)).toBeNull();
  });

  it("may be missing", async () => {
    const { ACCOUNT_BRAKE: _none, ...bare } = env;
    await expect(brake(bare as Env, [subject])).resolves.toBeUndefined();
  });
});
