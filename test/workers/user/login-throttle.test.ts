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
  REGISTRATION_ALLOWANCE,
} from "../../../workers/user/login-throttle.ts";
import { logIn as logInService } from "../../../workers/user/sessions.ts";
import { logIn, PASSWORD, register } from "./client.ts";

const NOW = Date.UTC(2026, 10, 11);
const RATE_LIMITED = { code: "rate_limited" };

async function attempts(subject: ReturnType<typeof counted>, times: number, now = NOW): Promise<void> {
  for (let time = 0; time < times; time++) await countAttempt(env, [subject], now);
}

const failuresOf = (subject: string) =>
  env.DB.prepare("select failures from login_failures where subject = ?")
    .bind(subject)
    .first<number>("failures");

describe("counting attempts", () => {
  it.each([ACCOUNT_ALLOWANCE, ADDRESS_ALLOWANCE, REGISTRATION_ALLOWANCE])(
    "of $kind allows $attemptsMax in $windowSeconds s and not one more",
    async (allowance) => {
      const subject = counted(allowance, "bound");
      await attempts(subject, allowance.attemptsMax);
      const windowMs = allowance.windowSeconds * 1_000;
      await expect(countAttempt(env, [subject], NOW + 1_000)).rejects.toMatchObject({
        ...RATE_LIMITED,
        details: { retryAfter: allowance.windowSeconds - 1 },
      });
      await expect(countAttempt(env, [subject], NOW + windowMs - 1)).rejects.toMatchObject({
        details: { retryAfter: 1 },
      });
      await countAttempt(env, [subject], NOW + windowMs);
    },
  );

  it("at the same moment lets exactly the allowed number through", async () => {
    const subject = counted(ACCOUNT_ALLOWANCE, "parallel");
    const results = await Promise.allSettled(
      Array.from({ length: 25 }, () => countAttempt(env, [subject], NOW)),
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
    await attempts(address, ADDRESS_ALLOWANCE.attemptsMax, NOW);
    await attempts(account, ACCOUNT_ALLOWANCE.attemptsMax, NOW + 60_000);
    await expect(countAttempt(env, [account, address], NOW + 60_000)).rejects.toMatchObject({
      details: { retryAfter: ACCOUNT_ALLOWANCE.windowSeconds },
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
    const later = Date.now() + ACCOUNT_ALLOWANCE.windowSeconds * 1_000;
    const credentials = { username: "victim", password: PASSWORD };
    expect((await logInService(env, credentials, null, later)).account.username).toBe("victim");
  });

  it("of a name that does not exist is throttled just the same", async () => {
    await attempts(counted(ACCOUNT_ALLOWANCE, "ghost"), ACCOUNT_ALLOWANCE.attemptsMax, Date.now());
    expect((await logIn("ghost")).status).toBe(429);
  });

  it("that succeeds forgives its account, and its address only this attempt", async () => {
    await createAccount(env, { username: "forgetful", password: PASSWORD }, NOW);
    const address = { "cf-connecting-ip": "203.0.113.7" };
    await logIn("forgetful", "not this one", address);
    expect(await failuresOf("account:forgetful")).toBe(1);
    expect((await logIn("forgetful", PASSWORD, address)).status).toBe(200);
    expect(await failuresOf("account:forgetful")).toBeNull();
    expect(await failuresOf("address:203.0.113.7")).toBe(1);
  });

  it("of many accounts from one address is refused", async () => {
    const subject = counted(ADDRESS_ALLOWANCE, "198.51.100.9");
    await attempts(subject, ADDRESS_ALLOWANCE.attemptsMax, Date.now());
    const refused = await logIn("forgetful", PASSWORD, { "cf-connecting-ip": "198.51.100.9" });
    expect(refused).toMatchObject({ status: 429, body: RATE_LIMITED });
    expect((await logIn("forgetful", PASSWORD, { "cf-connecting-ip": "198.51.100.10" })).status).toBe(200);
  });
});

describe("a registration", () => {
  it("is refused after too many from one address, and never for want of an address", async () => {
    const subject = counted(REGISTRATION_ALLOWANCE, "198.51.100.20");
    await attempts(subject, REGISTRATION_ALLOWANCE.attemptsMax, Date.now());
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
