import ipaddr from "ipaddr.js";
import type { ComplaintCode } from "./complaints.ts";

/*
 * Where a webhook may go. An operator names the address, but what is asked there is asked from inside: it must
 * not reach what only insiders can reach (server-side request forgery).
 */

/** Ports of HTTPS servers; any other is somebody's database or mail server. */
const PORTS = new Set(["", "8443"]);
/** Names that mean a machine or a network of one's own: RFC 6761, RFC 6762, RFC 8375, and what clouds use. */
const PRIVATE_NAME =
  /(^|\.)(localhost|local|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|example)$/;
/** The whole of IPv6 that is given out to be reached from everywhere. */
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

/**
 * Why nothing may be sent to this address; null when the address itself has no fault. What its name stands
 * for is looked up before each sending.
 * @param allowLoopback lets plain HTTP to this machine through, for development.
 */
export function destinationFault(text: string, allowLoopback: boolean): ComplaintCode | null {
  const url = URL.parse(text);
  if (!url) return "not_url";
  if (url.username !== "" || url.password !== "") return "url_with_password";
  if (url.hash !== "") return "url_with_fragment";
  if (allowLoopback && isLoopback(url.hostname)) return null;
  if (url.protocol !== "https:") return "url_not_https";
  if (!PORTS.has(url.port)) return "url_port";
  const host = hostOf(url);
  if (ipaddr.isValid(host)) return isPublicAddress(host) ? null : "url_private_address";
  if (!host.includes(".") || PRIVATE_NAME.test(host)) return "url_private_host";
  return null;
}

/** The host as resolvers take it: no brackets, no dot at the end. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");

/** Whether an address can be reached from the whole internet. IPv4 inside IPv6 counts as what it is. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || address.match(GLOBAL_IPV6);
}

export const isLoopback = (hostname: string): boolean => {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost") return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback";
};

/** Whether nobody on the way can read along: HTTPS, or plain HTTP that does not leave this machine. */
export const isPrivateOnTheWay = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
