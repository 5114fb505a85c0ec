/**
 * Whose place somebody gets who dials when all are taken: that of whoever has
 * needed it least. Who came first would keep its place for ever, with twice the
 * links of who comes last and a quarter of a minute of media before it, while
 * that one lives from the origin (`docs/decisions/links.md`). Who is let go has
 * what it needs, and dials others once it has not.
 *
 * @module
 */
import { DISPLACING_PER_NETWORK_MAX } from "../limits.ts";
import { subnetOf } from "./address_space.ts";
import type { Link } from "./link.ts";

/**
 * Who has asked for nothing that presses for so long can go. While a crowd starts
 * all need what they have: with five seconds, and with those at once who can be
 * dialled themselves, two to five times as much came twice in the first half
 * minute (`docs/decisions/links.md`).
 */
const CALM_MS = 20_000;

/**
 * The link to let go for a guest; undefined where all are needed. Whom we dialled
 * stays, and one network takes few places of others: nobody can surround us by
 * dialling often. So do peers on this network, which cost nobody anything.
 */
export function leastNeeded(
  links: readonly Link[],
  guest: Link,
  nowMs: number,
): Link | undefined {
  let least: Link | undefined;
  for (const link of links) {
    if (link.outgoing || link.lan || link.guest || link.leaving) continue;
    if (nowMs - link.pressedMs < CALM_MS) continue;
    if (least === undefined || link.pressedMs < least.pressedMs) least = link;
  }
  return least === undefined || isCrowd(links, guest) ? undefined : least;
}

/** Whether there are so many of a guest's network that it takes nobody's place. */
function isCrowd(links: readonly Link[], { host = "" }: Link): boolean {
  const network = subnetOf(host);
  if (network === undefined) return false;
  const same = links.filter((link) => subnetOf(link.host ?? "") === network);
  return same.length > DISPLACING_PER_NETWORK_MAX;
}
