import ipaddr from "ipaddr.js";
import { BoundedMap } from "./bounded-map.ts";
import { warnOnce } from "./log.ts";

/** Bits of an IPv6 address that name a network; one customer usually gets a whole one to himself. */
const IPV6_NETWORK_GROUPS = 4;

/** Addresses whose network is remembered, some 150 bytes each: the same ones come again and again. */
const REMEMBERED_MAX = 20_000;
/** The longest way to write an address, an IPv6 one that holds an IPv4 one and names a zone, has less. */
const ADDRESS_MAX_CHARS = 64;
const NOTHING_TO_COUNT = "";

const remembered = new BoundedMap<string, string>(REMEMBERED_MAX);

type Address = ReturnType<typeof ipaddr.process>;

/**
 * What to count an address as: an IPv4 address is itself, however it is written, and an IPv6 address
 * is its /64 network, so that nobody gets a fresh allowance by picking another address of his own.
 * What is no address, such as a network already, is returned as it is.
 */
export function networkOf(address: string): string {
  const parsed = parse(address);
  return parsed ? nameOf(parsed) : address;
}

/**
 * The network of a client as the platform reports it, or null when there is nothing to count: no
 * address, several (somebody sent the header along and nothing overwrote it), nonsense, or loopback,
 * which is the operator's own machine.
 */
export function clientNetwork(reported: string | null): string | null {
  if (reported === null) return null;
  if (reported.length > ADDRESS_MAX_CHARS) {
    warnOfAddress(reported);
    return null;
  }
  let network = remembered.get(reported);
  if (network === undefined) {
    const parsed = parse(reported.trim());
    if (!parsed) warnOfAddress(reported);
    network = parsed && parsed.range() !== "loopback" ? nameOf(parsed) : NOTHING_TO_COUNT;
    remembered.set(reported, network);
  }
  return network === NOTHING_TO_COUNT ? null : network;
}

/**
 * The platform says one address. Something else was sent by a client and overwritten by nobody, so this Worker
 * stands behind something that it should not stand behind, and whoever sends that is not limited by address.
 */
function warnOfAddress(reported: string): void {
  warnOnce("address_unreadable", "", { reported: reported.slice(0, ADDRESS_MAX_CHARS) });
}

function parse(text: string): Address | null {
  try {
    // Also turns an IPv4 address that is written as IPv6 back into one.
    return ipaddr.process(text);
  } catch {
    return null;
  }
}

function nameOf(address: Address): string {
  if (address instanceof ipaddr.IPv4) return address.toString();
  const groups = address.parts.slice(0, IPV6_NETWORK_GROUPS);
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}
