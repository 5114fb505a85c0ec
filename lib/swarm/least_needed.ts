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
const CALM_MS = 20_000;

/** Who goes when all places are taken. */
export class LeastNeeded {
  /** Places that were given lately, and to whose networks. */
  #given: { network: string | undefined; atMs: number }[] = [];

  /**
   * The link to let go for a guest, who has its place from now on; undefined where
   * all are needed. One network keeps few places however much it asks for, and
   * takes no more of others', those that it took lately and left again included;
   * whom we dialled stays: nobody can surround us by dialling often. So do peers
   * that owe us something, and those on this network, which cost nobody anything.
   */
  pick(
    links: readonly Link[],
    { network }: Link,
    nowMs: number,
  ): Link | undefined {
    this.#given = this.#given.filter(({ atMs }) => nowMs - atMs < CALM_MS);
    const places = links.filter((link) =>
      !link.outgoing && !link.lan && !link.guest && !link.leaving
    );
    const max = PLACES_PER_NETWORK_MAX;
    if (countOf(network, places) >= max) return undefined;
    if (countOf(network, this.#given) >= max) return undefined;
    const [least] = places.filter((link) =>
      link.outstanding === 0 && (nowMs - link.pressedMs > CALM_MS ||
        countOf(link.network, places) > max)
    ).sort((a, b) => a.pressedMs - b.pressedMs);
    if (least !== undefined) this.#given.push({ network, atMs: nowMs });
    return least;
  }
}

/** How many places are a network's; 0 on this one, where nobody is a stranger. */
function countOf(
  network: string | undefined,
  places: readonly { network: string | undefined }[],
): number {
  if (network === undefined) return 0;
  return places.filter((place) => place.network === network).length;
}
