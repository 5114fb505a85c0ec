/**
 * Sets of stations that are shared by all who have them. A listener of one
 * station knows a thousand peers of it: a set for each would be half of what the
 * engine keeps of them.
 *
 * @module
 */

/** No station. */
export const NO_STATIONS: ReadonlySet<string> = new Set();

/** The sets of one engine. */
export class StationSets {
  readonly #alone = new Map<string, ReadonlySet<string>>();

  /** A set and one station more. */
  with(stations: ReadonlySet<string>, station: string): ReadonlySet<string> {
    if (stations.has(station)) return stations;
    if (stations.size > 0) return new Set([...stations, station]);
    let alone = this.#alone.get(station);
    if (alone === undefined) {
      this.#alone.set(station, alone = new Set([station]));
    }
    return alone;
  }

  /** A set without a station that is heard no more. */
  without(stations: ReadonlySet<string>, station: string): ReadonlySet<string> {
    this.#alone.delete(station);
    let others = NO_STATIONS;
    for (const other of stations) {
      if (other !== station) others = this.with(others, other);
    }
    return others;
  }
}
