/**
 * How many links each station may still have dialled: each has a number of its
 * own, so that a large station does not take the places of a small one that is
 * heard at the same time.
 *
 * @module
 */
import {
  LINKS_DIALLED_IN_ALL,
  LINKS_DIALLED_MAX,
  LINKS_DIALLED_SHORT_MAX,
} from "../limits.ts";

/** Free places of each station. */
export class LinkRoom {
  readonly #free = new Map<string, number>();

  /**
   * @param stations all that peers are known of
   * @param short whether more is wanted than the usual links bring
   */
  constructor(stations: ReadonlySet<string>, short: boolean) {
    const each = Math.max(
      2,
      Math.min(
        short ? LINKS_DIALLED_SHORT_MAX : LINKS_DIALLED_MAX,
        Math.floor(LINKS_DIALLED_IN_ALL / Math.max(1, stations.size)),
      ),
    );
    for (const station of stations) this.#free.set(station, each);
  }

  /** A peer of these stations is linked, or being dialled. */
  take(stations: Iterable<string>): void {
    for (const station of stations) {
      const free = this.#free.get(station);
      if (free !== undefined) this.#free.set(station, free - 1);
    }
  }

  /** Whether no station has any. */
  get full(): boolean {
    return [...this.#free.values()].every((free) => free <= 0);
  }

  /** Whether some station of a peer has a place for it. */
  takes(stations: Iterable<string>): boolean {
    for (const station of stations) {
      if ((this.#free.get(station) ?? 0) > 0) return true;
    }
    return false;
  }
}
