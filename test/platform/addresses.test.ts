/** Addresses are read one way only: what others read differently is no address. */
import { describe, expect, it } from "vitest";
import { addressesIn, isAddressRange, networkOf, readAddress } from "../../src/platform/addresses.js";

describe("an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:0DB8:0::1", "2001:db8::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["::1", "::1"],
  ])("%s is %s", (text, address) => {
    expect(readAddress(text)).toBe(address);
  });

  it.each([
    ...["", " 192.0.2.1", "192.0.2.1:80", "[::1]", "192.0.2", "3221225985", "0xc0.0.2.1", "0300.0.2.1"],
    ...["192.0.2.256", "192.0.2.1/32", "unknown", "localhost", ":::1", "1".repeat(100_000)],
  ])("%.30j is none", (text) => {
    expect(readAddress(text)).toBeNull();
  });
});

describe("a range", () => {
  it.each([
    ["192.0.2.0/24", ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.7"], ["192.0.3.0", "::c000:200", "::1"]],
    ["192.0.2.7", ["192.0.2.7"], ["192.0.2.8"]],
    ["0.0.0.0/0", ["203.0.113.9"], ["2001:db8::1"]],
    ["2001:db8:1::/48", ["2001:db8:1:ffff::1"], ["2001:db8:2::", "192.0.2.1"]],
    ["::/0", ["2001:db8::1"], ["192.0.2.1"]],
    ["::ffff:192.0.2.0/120", ["192.0.2.9"], ["192.0.3.9"]],
    ["::ffff:192.0.2.1", ["192.0.2.1"], ["192.0.2.2"]],
  ])("%s has %j and not %j", (range, inside, outside) => {
    const has = addressesIn([range]);
    for (const address of inside) expect(has(address), address).toBe(true);
    for (const address of outside) expect(has(address), address).toBe(false);
  });

  it.each([
    "",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10/8",
    "::/129",
    "::ffff:10.0.0.0/8",
  ])("%j is none, and holds nothing", (range) => {
    expect(isAddressRange(range)).toBe(false);
    expect(addressesIn([range])("10.0.0.1")).toBe(false);
  });
});

it("an empty list has nobody, and no list has what is no address", () => {
  expect(addressesIn([])("10.0.0.1")).toBe(false);
  expect(addressesIn(["0.0.0.0/0", "::/0"])("unknown")).toBe(false);
});

describe("a network", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"],
    ["2001:db8:0:7::", "2001:db8:0:7::/64"],
    ["2001:db8:0:8::1", "2001:db8:0:8::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    [null, "nowhere"],
  ])("counts %s as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
