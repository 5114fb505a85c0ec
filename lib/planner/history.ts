/**
 * What has been aired, as far as the next choice depends on it: when each file
 * was last on, where each folder that plays in order has got to, the last
 * artists, and how many items ago the last jingle was. All of it follows from
 * the airings alone, so that a programme can be laid out anew from any of them
 * on. Pure.
 *
 * @module
 */
import { ARTIST_DISTANCE_MAX } from "../limits.ts";
import { type Airing, JINGLE } from "./airing.ts";

/** Collects airings in the order of time. */
export class History {
  readonly #last = new Map<string, number>();
  readonly #places = new Map<string, Airing>();
  readonly #creators: (string | undefined)[] = [];
  #sinceJingle = 0;

  /**
   * @param creatorOf the artist of a file, by its path
   * @param isEvent whether a name is that of an event
   */
  constructor(
    private readonly creatorOf: (path: string) => string | undefined,
    private readonly isEvent: (by: string) => boolean,
  ) {}

  /** Items since the last jingle; events do not count. */
  get sinceJingle(): number {
    return this.#sinceJingle;
  }

  /** When a file was last on, in ms since the epoch; -Infinity for never. */
  lastMs(path: string): number {
    return this.#last.get(path) ?? -Infinity;
  }

  /** What a block, event or jingle folder played last. */
  placeOf(by: string): Airing | undefined {
    return this.#places.get(by);
  }

  /** The artists of the last items, the last one first; jingles and events left out. */
  recentCreators(count: number): (string | undefined)[] {
    return this.#creators.slice(-count || Infinity).reverse();
  }

  /** Takes an airing, later than all before it. */
  note(airing: Airing): void {
    const { startMs, path, by } = airing;
    this.#last.set(path, startMs);
    this.#places.set(by, airing);
    if (by.startsWith(JINGLE)) this.#sinceJingle = 0;
    else if (!this.isEvent(by)) {
      this.#sinceJingle++;
      this.#creators.push(this.creatorOf(path));
      if (this.#creators.length > ARTIST_DISTANCE_MAX) this.#creators.shift();
    }
  }
}

/**
 * The fewest airings that leave the same history, for keeping: of each name and
 * file the last, and the last few of all.
 *
 * @param airings in the order of time
 */
export function compacted(airings: readonly Airing[]): Airing[] {
  const latest = new Map<string, Airing>();
  for (const airing of airings) {
    latest.set(`${airing.by}\0${airing.path}`, airing);
  }
  const kept = new Set(latest.values());
  const recent = airings.length - RECENT;
  return airings.filter((airing, i) => i >= recent || kept.has(airing));
}

/** Enough for the artists, with jingles and events between them. */
const RECENT = ARTIST_DISTANCE_MAX * 4;
