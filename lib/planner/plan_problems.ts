/**
 * What a plan could not do as it was told, each kind once for each block or
 * event, with how often and when first. Pure.
 *
 * @module
 */
import type { PlanProblem } from "./airing.ts";
import type { Music, Source } from "./station.ts";

type Named = Pick<Source, "folder" | "playlist"> & { name: string };

/** Collects problems; as many as there are blocks and events, times six, at most. */
export class PlanProblems {
  readonly #found = new Map<string, PlanProblem>();

  /** By their first times. */
  get list(): PlanProblem[] {
    return [...this.#found.values()].sort((a, b) => a.atMs - b.atMs);
  }

  /** Nothing lies where a block or event looks. */
  emptySource(source: Named, atMs: number): void {
    const where = source.playlist === undefined
      ? `${source.folder || "the station's folder"} holds no media`
      : `${source.playlist} names no media of the station's folder`;
    this.#add("empty-source", source.name, atMs, `${where}: put some there`);
  }

  /** Two events at one second. */
  sameSecond({ name }: Named, atMs: number): void {
    const what = "starts on the second of another event and is left out";
    this.#add("same-second", name, atMs, `${what}: give it another time`);
  }

  /** An event is cut by the next. */
  eventCut({ name }: Named, atMs: number): void {
    const what = "is longer than the time to the next event and is cut by it";
    this.#add("event-cut", name, atMs, `${what}: give them more distance`);
  }

  /** Nothing to play at all. */
  gap(music: Music | undefined, atMs: number): void {
    const what = "has nothing to play, and there is no [fill] that has";
    const name = music?.name ?? "the rotation";
    this.#add("gap", name, atMs, `${what}: silence until something else is on`);
  }

  /** The distance between two of an artist cannot be kept. */
  artistRule({ name }: Music, atMs: number): void {
    const what = "has too few artists for its artist-distance";
    this.#add("artist-rule", name, atMs, `${what}: lower it or add music`);
  }

  /** A block that is to end on time ends with an item cut. */
  loose({ name }: Music, atMs: number, leftMs: number, overMs: number): void {
    const [left, over] = [leftMs, overMs].map((ms) => (ms / 1000).toFixed(0));
    const what =
      `cannot end on time: its last ${left} s cut ${over} s off an item`;
    this.#add("loose-fit", name, atMs, `${what}; add items of other lengths`);
  }

  #add(code: string, name: string, atMs: number, message: string): void {
    const key = `${code}\0${name}`;
    const known = this.#found.get(key);
    if (known) known.count++;
    else {
      const text = `${name}: ${message}`;
      this.#found.set(key, { code, message: text, count: 1, atMs });
    }
  }
}
