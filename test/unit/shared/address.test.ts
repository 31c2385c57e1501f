import { expect, it } from "vitest";
import { clientNetwork, networkOf } from "../../../workers/shared/address.ts";

it.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:0:0:1::", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["::ffff:cb00:7107", "203.0.113.7"],
  ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2::203.0.113.7", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::/64", "2001:db8:1:2::/64"],
  ["no address", "no address"],
])("counts %s as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each([
  ["203.0.113.7", "203.0.113.7"],
  [" 203.0.113.7 ", "203.0.113.7"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
])("reads the client's network from %j: %s", (reported, network) => {
  expect(clientNetwork(reported)).toBe(network);
});

it.each([
  ["nothing", null],
  ["an endless header", "1".repeat(65)],
  ["an empty header", ""],
  ["two addresses", "203.0.113.7, 198.51.100.1"],
  ["one address twice", "203.0.113.7, 203.0.113.7"],
  ["nonsense", "unknown"],
  ["a network", "203.0.113.0/24"],
  ["an address with a port", "203.0.113.7:8080"],
  ["loopback", "127.0.0.1"],
  ["loopback, otherwise", "127.8.9.10"],
  ["IPv6 loopback", "::1"],
  ["mapped loopback", "::ffff:127.0.0.1"],
  ["mapped loopback in hex", "::ffff:7f00:1"],
])("has nothing to count in %s", (_what, reported) => {
  expect(clientNetwork(reported)).toBeNull();
});
