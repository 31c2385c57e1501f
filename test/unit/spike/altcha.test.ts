import { type Challenge, solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { base64url } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { signingKeys } from "../../../workers/platform/signing-keys.ts";
import { altcha, ALTCHA_REPEATED_MS, ALTCHA_SECONDS } from "../../../workers/spike/challenge/altcha.ts";
import type { ChallengeOffer, ChallengeSubject } from "../../../workers/spike/challenge/challenge.ts";

/** As little work as there can be: these tests are about whose solution it is. */
const COST = 1;
const keysOf = (...kids: string[]) =>
  signingKeys({
    JWT_KEYS: kids
      .map((kid) => `${kid}:${base64url.encode(new Uint8Array(32).fill(kid.charCodeAt(0)))}`)
      .join(),
  });
const KEYS = keysOf("a");
const subject = (over: Partial<ChallengeSubject> = {}): ChallengeSubject => ({
  spikeId: "s1",
  userId: "u1",
  key: null,
  hostname: "spike.test",
  now: Date.now(),
  ...over,
});

type AltchaOffer = Extract<ChallengeOffer, { kind: "altcha" }>;
interface Payload {
  challenge: { parameters: Record<string, unknown>; signature: string };
  solution: { counter: number; derivedKey: string };
}

async function solve(offered: ChallengeOffer): Promise<Payload> {
  const { parameters, signature } = offered as AltchaOffer;
  const challenge = { parameters, signature } as unknown as Challenge;
  const solution = await solveChallenge({ challenge, deriveKey });
  if (!solution) throw new Error("not solved");
  return { challenge: { parameters, signature }, solution };
}

const encode = (payload: unknown) => btoa(JSON.stringify(payload));
const verify = (payload: unknown, over: Partial<ChallengeSubject> = {}, keys = KEYS) =>
  altcha(keys, COST).verify(subject(over), typeof payload === "string" ? payload : encode(payload));

describe("a proof of work", () => {
  let solved: Payload;
  beforeAll(async () => {
    solved = await solve(await altcha(KEYS, COST).offer(subject()));
  });

  it("is accepted from whom it was asked, and names the challenge for the time that it lives", async () => {
    expect(await verify(solved)).toEqual({
      ok: true,
      solution: {
        id: solved.challenge.signature,
        expiresAt: Number(solved.challenge.parameters.expiresAt) * 1_000,
      },
    });
  });

  it("says everything that the widget needs", async () => {
    const { kind, parameters, signature } = (await altcha(KEYS, 4_321).offer(subject())) as AltchaOffer;
    expect(kind).toBe("altcha");
    expect(parameters).toMatchObject({
      algorithm: "PBKDF2/SHA-256",
      cost: 4_321,
      keyPrefix: "00",
      keyLength: 32,
    });
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ["another user", { userId: "u2" }],
    ["another spike", { spikeId: "s2" }],
  ])("is worthless for %s", async (_whom, over) => {
    expect(await verify(solved, over)).toEqual({ ok: false, fault: "not_yours" });
  });

  it("lives for its time and no longer", async () => {
    const now = Math.floor(Date.now() / 1_000) * 1_000;
    const fresh = await solve(await altcha(KEYS, COST).offer(subject({ now })));
    const expiry = now + ALTCHA_SECONDS * 1_000;
    expect(await verify(fresh, { now: expiry - 1 })).toMatchObject({ ok: true });
    expect(await verify(fresh, { now: expiry })).toEqual({ ok: false, fault: "expired" });
  });

  it("has expired when the server's own clock says so, whatever the request's", async () => {
    const past = Date.now() - (ALTCHA_SECONDS + 2) * 1_000;
    const old = await solve(await altcha(KEYS, COST).offer(subject({ now: past })));
    expect(await verify(old, { now: past })).toEqual({ ok: false, fault: "expired" });
  });

  it.each([
    ["a later expiry", { expiresAt: 9_999_999_999 }],
    ["less work", { cost: 0 }],
    ["an easier prefix", { keyPrefix: "0" }],
    ["another's name", { data: { spikeId: "s1", userId: "u2", kid: "a" } }],
    ["an unknown key", { data: { spikeId: "s1", userId: "u1", kid: "x" } }],
  ])("cannot be given %s", async (_what, change) => {
    const { challenge, solution } = solved;
    const parameters = { ...challenge.parameters, ...change };
    expect(await verify({ challenge: { ...challenge, parameters }, solution })).toEqual({
      ok: false,
      fault: "forged",
    });
  });

  it("must really have been done", async () => {
    const { challenge, solution } = solved;
    for (const wrong of [
      { ...solution, counter: solution.counter + 1 },
      { ...solution, derivedKey: `00${"ab".repeat(31)}` },
      { counter: -1, derivedKey: solution.derivedKey },
    ]) {
      expect(await verify({ challenge, solution: wrong })).toEqual({ ok: false, fault: "unsolved" });
    }
  });

  it("made by a stranger is forged", async () => {
    const own = await solve(await altcha(keysOf("z"), COST).offer(subject()));
    const parameters = { ...own.challenge.parameters, data: { spikeId: "s1", userId: "u1", kid: "a" } };
    expect(await verify({ ...own, challenge: { ...own.challenge, parameters } })).toMatchObject({
      fault: "forged",
    });
  });

  it("survives a rotation of the keys", async () => {
    expect(await verify(solved, {}, keysOf("b", "a"))).toMatchObject({ ok: true });
    expect(await verify(solved, {}, keysOf("b"))).toMatchObject({ fault: "forged" });
  });

  it.each([
    ["nothing", ""],
    ["no base64", "%%%"],
    ["no JSON", btoa("{")],
    ["null", btoa("null")],
    ["another shape", btoa('{"algorithm":"SHA-256","number":1}')],
    ["a deep prototype", btoa('{"__proto__":{"challenge":{}}}')],
    ["a token of another house", "turnstile XXXX.DUMMY.TOKEN.XXXX"],
  ])("is malformed when it is %s", async (_what, text) => {
    expect(await verify(text)).toEqual({ ok: false, fault: "malformed" });
  });
});

describe("the challenge that is offered", () => {
  const AT = 1_794_391_200_000;
  const offer = (over: Partial<ChallengeSubject> = {}, cost = COST, keys = KEYS) =>
    altcha(keys, cost).offer(subject({ key: "client:k1", now: AT, ...over }));

  it("is the same for the same purchase for a while, and another afterwards", async () => {
    const first = await offer();
    expect(await offer({ now: AT + ALTCHA_REPEATED_MS - 1 })).toBe(first);
    const later = await offer({ now: AT + ALTCHA_REPEATED_MS });
    expect(later).not.toEqual(first);
    expect(await offer({ now: AT + ALTCHA_REPEATED_MS + 1 })).toBe(later);
  });

  it("is another after the clock was set back so far", async () => {
    const first = await offer({ key: "client:clock" });
    expect(await offer({ key: "client:clock", now: AT - ALTCHA_REPEATED_MS + 1 })).toBe(first);
    expect(await offer({ key: "client:clock", now: AT - ALTCHA_REPEATED_MS })).not.toEqual(first);
  });

  it.each([
    ["another key", { key: "client:k2" }],
    ["another user", { userId: "u2" }],
    ["another spike", { spikeId: "s2" }],
    ["a purchase without a key", { key: null }],
  ])("is another for %s", async (_what, over) => {
    expect(await offer(over)).not.toEqual(await offer());
  });

  it("is another, from then on, after a solution that did not do", async () => {
    const first = await offer({ key: "client:tried" });
    const second = await offer({ key: "client:tried", hasSolution: true });
    expect(second).not.toEqual(first);
    expect(await offer({ key: "client:tried" })).toBe(second);
  });

  it("is another for each purchase without a key", async () => {
    expect(await offer({ key: null })).not.toEqual(await offer({ key: null }));
  });

  it("is another for other work, and under a new key of ours", async () => {
    const first = await offer();
    expect(await offer({}, COST + 1)).toMatchObject({ parameters: { cost: COST + 1 } });
    const rotated = (await offer({}, COST, keysOf("b", "a"))) as AltchaOffer;
    expect(rotated.parameters).toMatchObject({ data: { kid: "b" } });
    expect(await offer()).toBe(first);
  });

  it("can still be solved when it is offered for the last time", async () => {
    const now = Math.floor(Date.now() / 1_000) * 1_000;
    await offer({ key: "client:last", now });
    const last = now + ALTCHA_REPEATED_MS - 1;
    const solved = await solve(await offer({ key: "client:last", now: last }));
    expect(await verify(solved, { now: last })).toMatchObject({ ok: true });
  });
});
