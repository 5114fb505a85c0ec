/**
 * Whose place somebody gets who dials when all are taken: that of whoever has
 * needed it least. Who came first would keep its place for ever, with twice the
 * links of who comes last and a quarter of a minute of media before it, while
 * that one lives from the origin (`docs/decisions/links.md`). Who is let go has
 * what it needs, and dials others once it has not.
 *
 * @module
 */
import { PLACES_PER_NETWORK_MAX } from "../limits.ts";
import type { Link } from "./link.ts";

/**
 * Who has asked for nothing that presses for so long can go. While a crowd starts
 * all need what they have: with five seconds, and with those at once who can be
 * dialled themselves, two to five times as much came twice in the first half
 * minute (`docs/decisions/links.md`).
 */
export const CALM_MS = 20_000;

/**
 * The link to let go for a guest; undefined where all are needed. One network
 * keeps few places however much it asks for, and takes no more of others'; whom we
 * dialled stays: nobody can surround us by dialling often. So do peers that owe us
 * something, and those on this network, which cost nobody anything.
 */
export function leastNeeded(
  links: readonly Link[],
  guest: Link,
  nowMs: number,
): Link | undefined {
  const places = links.filter((link) =>
    !link.outgoing && !link.lan && !link.guest && !link.leaving
  );
  const taken = Map.groupBy(places, ({ network }) => network);
  taken.delete(undefined);
  const takenBy = ({ network }: Link) => taken.get(network)?.length ?? 0;
  if (takenBy(guest) >= PLACES_PER_NETWORK_MAX) return undefined;
  let least: Link | undefined;
  for (const link of places) {
    const mayGo = nowMs - link.pressedMs > CALM_MS ||
      takenBy(link) > PLACES_PER_NETWORK_MAX;
    if (
      mayGo && link.outstanding === 0 &&
      !(least && least.pressedMs <= link.pressedMs)
    ) least = link;
  }
  return least;
}
