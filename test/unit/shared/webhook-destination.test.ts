import { describe, expect, it } from "vitest";
import { destinationFault, isPublicAddress } from "../../../workers/shared/webhook-destination.ts";

describe("an address webhooks may go to", () => {
  it.each([
    "https://shop.example.com/hooks?from=spike",
    "https://shop.example.com:8443/",
    "https://shop.example.com./",
    "https://bücher.example.com/",
    "https://93.184.215.14/",
    "https://[2606:4700:4700::1111]/",
  ])("is %s", (url) => {
    expect(destinationFault(url, false)).toBeNull();
  });
});

describe("an address webhooks must not go to", () => {
  it.each([
    ["plain HTTP", "http://shop.example.com/"],
    ["another scheme", "file:///etc/passwd"],
    ["no address at all", "shop.example.com"],
    ["a user name", "https://user@shop.example.com/"],
    ["a password", "https://:secret@shop.example.com/"],
    ["a fragment", "https://shop.example.com/#part"],
    ["a database's port", "https://shop.example.com:5432/"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback, as one number", "https://2130706433/"],
    ["loopback, hexadecimal", "https://0x7f.0.0.1/"],
    ["loopback, octal", "https://0177.0.0.1/"],
    ["loopback by IPv6", "https://[::1]/"],
    ["no address", "https://0.0.0.0/"],
    ["no address by IPv6", "https://[::]/"],
    ["a private network", "https://10.1.2.3/"],
    ["another private network", "https://172.16.0.1/"],
    ["a home network", "https://192.168.1.1/"],
    ["a carrier's network", "https://100.64.0.1/"],
    ["a cloud's metadata", "https://169.254.169.254/latest/meta-data/"],
    ["a cloud's metadata by IPv6", "https://[fd00:ec2::254]/"],
    ["a link-local address", "https://[fe80::1]/"],
    ["a unique local address", "https://[fc00::1]/"],
    ["loopback in IPv6 clothes", "https://[::ffff:127.0.0.1]/"],
    ["a private network in IPv6 clothes", "https://[::ffff:a00:1]/"],
    ["loopback in deprecated clothes", "https://[::127.0.0.1]/"],
    ["loopback through a translator", "https://[64:ff9b::7f00:1]/"],
    ["loopback through 6to4", "https://[2002:7f00:1::]/"],
    ["a tunnel", "https://[2001:0:1::]/"],
    ["everybody", "https://255.255.255.255/"],
    ["a group", "https://224.0.0.1/"],
    ["a group by IPv6", "https://[ff02::1]/"],
    ["an address in a book", "https://192.0.2.1/"],
    ["this machine", "https://localhost/"],
    ["this machine by another name", "https://db.localhost/"],
    ["this machine with a dot", "https://localhost./"],
    ["a name of one word", "https://intranet/"],
    ["a name of the local network", "https://printer.local/"],
    ["a cloud's metadata by name", "https://metadata.google.internal/"],
    ["a home", "https://nas.home.arpa/"],
  ])("has %s", (_, url) => {
    expect(destinationFault(url, false)).toMatch(/^(not_url|url_)/);
  });
});

describe("with loopback allowed", () => {
  it.each(["http://127.0.0.1:8080/hook", "http://localhost:3000/", "http://[::1]:3000/"])(
    "%s will do",
    (url) => {
      expect(destinationFault(url, true)).toBeNull();
    },
  );

  it.each([
    "http://10.0.0.1/",
    "http://shop.example.com/",
    "http://169.254.169.254/",
    "http://user@localhost/",
  ])("%s will not", (url) => {
    expect(destinationFault(url, true)).not.toBeNull();
  });
});

it.each([
  ["93.184.215.14", true],
  ["2606:4700::1", true],
  ["127.0.0.1", false],
  ["::ffff:10.0.0.1", false],
  ["::10.0.0.1", false],
  ["not an address", false],
])("%s is public: %s", (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
