/**
 * What an IP address tells about its owner: where it can be reached from, and
 * which network it belongs to. Pure.
 *
 * @module
 */
import ipaddr from "ipaddr.js";

/** From where an address can be reached. */
export type Reach = "machine" | "network" | "world" | "nowhere";

/** Ranges of `ipaddr.js` by reach; those that are not here are nowhere. */
const REACH: Readonly<Record<string, Reach>> = {
  loopback: "machine",
  private: "network",
  uniqueLocal: "network",
  carrierGradeNat: "network",
  unicast: "world",
};

/** The only IPv6 addresses that the world routes (RFC 4291, 2.4); `ipaddr.js` calls all others unicast, too. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/** Where hosting companies keep their customers' keys, besides link-local: Azure, Alibaba, Amazon, Google. */
const METADATA = new Set(
  ["168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254"],
);

/**
 * From where an address can be reached. Link-local addresses and others at
 * which hosting companies keep metadata services, tunnels that carry another
 * address inside (6to4, Teredo, NAT64, IPv4-compatible), multicast, reserved and
 * unspecified ones count as nowhere; an IPv4 address mapped into IPv6 counts as
 * what it is.
 *
 * @param address IP literal, IPv6 without brackets; anything else is nowhere
 */
export function reachOf(address: string): Reach {
  if (!ipaddr.isValid(address)) return "nowhere";
  const parsed = ipaddr.process(address);
  if (METADATA.has(parsed.toString())) return "nowhere";
  const reach = REACH[parsed.range()] ?? "nowhere";
  const routed = !(parsed instanceof ipaddr.IPv6) || reach !== "world" ||
    parsed.match(GLOBAL_UNICAST);
  return routed ? reach : "nowhere";
}

/**
 * The network an address belongs to, as far as one owner is likely: the /24 of
 * IPv4, the /48 of IPv6. Undefined on this machine or network, where addresses
 * cost nothing and nobody is a stranger. Tunnels (6to4, Teredo) come from the
 * world, though nobody is dialled there.
 */
export function subnetOf(address: string): string | undefined {
  if (isNear(address) || !ipaddr.isValid(address)) return undefined;
  const bytes = ipaddr.process(address).toByteArray();
  return bytes.slice(0, bytes.length === 4 ? 3 : 6).join(".");
}

/** Whether an address of one reach means the same to somebody at an address of another. */
export function reaches(theirs: Reach, viewers: Reach): boolean {
  const order: Reach[] = ["machine", "network", "world"];
  if (theirs === "nowhere" || viewers === "nowhere") return false;
  return order.indexOf(theirs) >= order.indexOf(viewers);
}

/** Whether an address is on this machine or its network. */
export function isNear(address: string): boolean {
  return isOnLink(address) || ["machine", "network"].includes(reachOf(address));
}

/**
 * Whether an address is a link-local one with the number of its interface, such
 * as `fe80::1%2`: this machine heard it itself. It means nothing to anybody else,
 * and reaches nowhere for them.
 */
export function isOnLink(address: string): boolean {
  return /^fe[89ab][0-9a-f]:[0-9a-f:]*%[0-9]+$/i.test(address);
}

/**
 * Whether an address may be knocked at because somebody named it: ports below
 * 1024 belong to other services, and are nobody's to be sent to.
 *
 * @param place host is an IP literal, IPv6 without brackets
 */
export function isDialable(place: { host: string; port: number }): boolean {
  return place.port >= 1024 && reachOf(place.host) !== "nowhere";
}

/** How an address is written in a URL: IPv6 in brackets, without its interface. */
export function inUrl(host: string): string {
  return host.includes(":") ? `[${host.replace(/%.*/, "")}]` : host;
}
