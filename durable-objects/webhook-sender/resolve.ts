import { isPublicAddress } from "../../workers/shared/webhook-destination.ts";

/** Numbers of the record types that hold addresses: A and AAAA. */
const ADDRESS_TYPES = new Map([
  ["A", 1],
  ["AAAA", 28],
]);
const RESOLVE_TIMEOUT_MS = 5_000;

/** Response codes (RFC 1035, 4.1.1) that say what there is: that there are records, or none of this type, or no such name. */
const CONCLUSIVE_STATUS = new Set([0, 3]);

interface DnsAnswer {
  Status: number;
  Answer?: { type: number; data: string }[];
}

/**
 * Why nothing may be sent to this host now; null when all its addresses are public. Asks by DNS over HTTPS
 * (RFC 8484's JSON form, as Cloudflare and Google speak it), because a Worker has no resolver of its own.
 * @param dnsUrl the resolver's address.
 * @throws Error when the resolver does not answer, or does not know: what it cannot tell may be a private address.
 */
export async function hostFault(host: string, dnsUrl: string, ask: typeof fetch): Promise<string | null> {
  const found = await Promise.all(
    [...ADDRESS_TYPES].map(([name, type]) => addressesOf(host, { name, type }, dnsUrl, ask)),
  );
  const addresses = found.flat();
  if (addresses.length === 0) return `${host} has no address`;
  // One private address among public ones is enough: which of them is used is not for us to say.
  return addresses.every(isPublicAddress) ? null : `${host} leads to a private address`;
}

async function addressesOf(
  host: string,
  { name, type }: { name: string; type: number },
  dnsUrl: string,
  ask: typeof fetch,
): Promise<string[]> {
  const url = new URL(dnsUrl);
  url.search = new URLSearchParams({ name: host, type: name }).toString();
  const response = await ask(url, {
    headers: { accept: "application/dns-json" },
    redirect: "manual",
    signal: AbortSignal.timeout(RESOLVE_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the resolver answered ${response.status}`);
  const { Status: status, Answer: answers = [] } = await response.json<DnsAnswer>();
  if (!CONCLUSIVE_STATUS.has(status)) throw new Error(`the resolver answered DNS status ${status}`);
  return answers.filter((answer) => answer.type === type).map(({ data }) => data);
}
