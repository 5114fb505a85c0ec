/**
 * Who asks, where a reverse proxy stands between. Only a proxy we were told of
 * is believed, and only about the hop before it.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import { AlluviumError } from "../errors.ts";
import { parseAuthority, plainAddress } from "./host_policy.ts";

/**
 * The client's address: the connection's own, or, while that is a trusted proxy,
 * the last entry of `X-Forwarded-For` that is not one.
 *
 * @param peer the connection's remote IP
 * @param forwardedFor the header, entries from client to proxy
 * @param isTrusted whether an address is a proxy of ours
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean,
): string {
  let address = plainAddress(peer);
  for (const hop of (forwardedFor ?? "").split(",").reverse()) {
    if (!isTrusted(address)) break;
    const text = hop.trim();
    const parsed = parseAuthority(text) ?? parseAuthority(`[${text}]`);
    if (parsed === undefined || !isAddress(parsed.host)) break;
    address = plainAddress(parsed.host);
  }
  return address;
}

/** Whether this is an IP address as proxies write it; what merely looks like one belongs to no network and would escape every limit. */
function isAddress(host: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(host) || ipaddr.IPv6.isValid(host);
}

/**
 * Reads the proxies to trust, as `--trust-proxy` takes them.
 *
 * @param ranges CIDR ranges or single addresses, e.g. `10.0.0.0/8`, `::1`
 * @returns whether an address lies in one of them
 * @throws AlluviumError `usage` for text that is neither
 */
export function trustedProxies(
  ranges: readonly string[],
): (address: string) => boolean {
  const known = ranges.map(parseRange);
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return known.some(([base, bits]) =>
      base.kind() === parsed.kind() && parsed.match(base, bits)
    );
  };
}

function parseRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (ipaddr.isValid(text)) {
    const address = ipaddr.process(text);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  }
  throw new AlluviumError(
    "usage",
    `Cannot read "${text}" as a range of addresses: expected one such as 10.0.0.0/8`,
    { field: "trust-proxy" },
  );
}
