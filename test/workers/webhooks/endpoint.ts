import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { createEndpoint } from "../../../workers/admin/webhooks/endpoints.ts";
import { ORDER_EVENT_TYPES, type OrderEventType } from "../../../workers/shared/webhook.ts";

/** An endpoint of the shop, as the admin API makes it. */
export async function openEndpoint(events: readonly OrderEventType[] = ORDER_EVENT_TYPES) {
  const terms = { url: "https://shop.example.com/hook", events: [...events], enabled: true };
  const { endpoint, secret } = await createEndpoint(env, "u-admin", terms, Date.now());
  return { id: endpoint.id, secret };
}

export interface Received {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What a resolver says that got no answer from where it asked (RFC 1035, 4.1.1). */
const SERVFAIL = 2;

/** Stands in for the internet: a resolver, and the shop's server, which answers what `answer` says. */
export function shopServer(answer: (received: Received) => Response | Promise<Response>) {
  const received: Received[] = [];
  let addresses = ["93.184.215.14"];
  let unknownType: "A" | "AAAA" | null = null;
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.pathname === "/dns-query") {
      if (url.searchParams.get("type") === unknownType) return Response.json({ Status: SERVFAIL });
      const type = url.searchParams.get("type") === "A" ? 1 : 28;
      const fitting = addresses.filter((address) => address.includes(":") === (type === 28));
      return Response.json({ Status: 0, Answer: fitting.map((data) => ({ type, data })) });
    }
    const headers = Object.fromEntries(request.headers);
    const one = { url: request.url, headers, body: await request.text() };
    received.push(one);
    return await answer(one);
  };
  return {
    received,
    cannotTell: (type: "A" | "AAAA") => void (unknownType = type),
    resolvesTo: (...found: string[]) => void (addresses = found),
    outside: {
      fetch,
      dnsUrl: "https://dns.example.com/dns-query",
      allowLoopback: false,
      now: () => Date.now(),
    },
  };
}

/** What the standard's own library makes of it; throws when it is not signed with this secret. */
export const verified = (secret: string, { body, headers }: Received) =>
  new Webhook(secret).verify(body, headers) as { type: string; data: Record<string, unknown> };

/** The signature by the letter of the standard, apart from any library of it. */
export async function signatureBy(secret: string, { body, headers }: Received): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.replace("whsec_", "")), (char) => char.codePointAt(0) ?? 0);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
  return `v1,${btoa(String.fromCodePoint(...new Uint8Array(signature)))}`;
}
