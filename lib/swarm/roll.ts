/**
 * The roll of a station: those of its members who fetch from the origin where no
 * gateway says who does. Nobody can know all members of a large station, and who
 * ranks among those he happens to know is the first of them far too often. But
 * all can know the few whose ids are smallest: ids are random, so these are a
 * fair draw, and their number does not grow with the station. While it is small
 * everyone is on the roll.
 *
 * Each of them says from time to time that it is still there, and the others
 * pass it on with its age (`roll_exchange.ts`). Who falls silent leaves the roll;
 * who is then among the smallest enters himself.
 *
 * @module
 */
import { ROLL_MAX } from "../limits.ts";

/** Who has not been heard of for this long is gone: two of his words were lost. */
export const ROLL_LIFE_MS = 300_000;

/** A member, and when it last said that it is there. */
export interface RollEntry {
  /** 32 hex digits. */
  readonly id: string;
  /** Ms since the epoch, our clock. */
  readonly saidMs: number;
}

/** The smallest ids of a station that are known. */
export class Roll {
  readonly #saidMs = new Map<string, number>();
  /** Found anew after every change. */
  #largest: string | undefined;

  /** Ids on the roll. */
  ids(): Iterable<string> {
    return this.#saidMs.keys();
  }

  /** Whether a member is on the roll. */
  has(id: string): boolean {
    return this.#saidMs.has(id);
  }

  /** The members on the roll and their last words. */
  *entries(): Generator<RollEntry> {
    for (const [id, saidMs] of this.#saidMs) yield { id, saidMs };
  }

  /**
   * A member said that it is there.
   *
   * @returns by how many ms that is later than was known: Infinity if it has entered the roll, 0 if it is no news
   */
  add({ id, saidMs }: RollEntry): number {
    const known = this.#saidMs.get(id);
    if (known !== undefined && known >= saidMs) return 0;
    if (known === undefined && this.#saidMs.size >= ROLL_MAX) {
      const largest = this.#largest ??= [...this.#saidMs.keys()]
        .reduce((a, b) => a > b ? a : b);
      if (id > largest) return 0;
      this.remove(largest);
    }
    this.#saidMs.set(id, saidMs);
    this.#largest = undefined;
    return saidMs - (known ?? -Infinity);
  }

  /** Takes a member off the roll. */
  remove(id: string): void {
    if (this.#saidMs.delete(id)) this.#largest = undefined;
  }

  /** Takes off who has not been heard of for too long. */
  expire(nowMs: number): void {
    for (const [id, saidMs] of this.#saidMs) {
      if (nowMs - saidMs > ROLL_LIFE_MS) this.remove(id);
    }
  }
}
