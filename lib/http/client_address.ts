/**
 * Who asks, where a reverse proxy stands between. Only a proxy we were told of
 * is believed, and only about the hop before it.
 *
 * @module
 */
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
    if (parsed === undefined || !/^[\d.]+$|:/.test(parsed.host)) break;
    address = plainAddress(parsed.host);
  }
  return address;
}
