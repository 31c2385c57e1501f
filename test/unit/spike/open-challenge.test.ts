import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { openChallenge } from "../../../workers/spike/challenge/open-challenge.ts";

const SUBJECT = { spikeId: "s1", userId: "u1", key: null, hostname: "spike.test", now: Date.now() };

it.each([
  ["no keys", "", undefined, "altcha"],
  ["only the site key", "0x-site", undefined, "altcha"],
  ["only the secret", "", "0x-secret", "altcha"],
  ["both keys", "0x-site", "0x-secret", "turnstile"],
])("with %s the challenge is of the right kind", async (_what, TURNSTILE_SITE_KEY, secret, kind) => {
  const configured = { ...env, TURNSTILE_SITE_KEY, ...(secret && { TURNSTILE_SECRET_KEY: secret }) };
  const offer = await openChallenge(configured, DEFAULT_SETTINGS).offer(SUBJECT);
  expect(offer.kind).toBe(kind);
});

it("never shows the secret", async () => {
  const configured = { ...env, TURNSTILE_SITE_KEY: "0x-site", TURNSTILE_SECRET_KEY: "0x-secret" };
  const offer = await openChallenge(configured, DEFAULT_SETTINGS).offer(SUBJECT);
  expect(JSON.stringify(offer)).not.toContain("0x-secret");
});
