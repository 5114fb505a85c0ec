/**
 * So many at a time, so many waiting, no more: the turnstile before work that
 * costs the network or the disk.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

/** A job's place in a turnstile. */
export interface Turn {
  /**
   * Lets the next in line go although this job goes on, if some wait and not
   * too many do so.
   *
   * @returns whether it did
   */
  makeWay(): boolean;
  /** The job is over; calling it again is harmless. */
  end(): void;
}

/** What a turnstile lets through. */
export interface JobQueueOptions {
  /** Jobs at a time. */
  runningMax: number;
  /** Jobs that wait for their turn. */
  waitingMax: number;
  /** Jobs of one owner, running or waiting. @default {as many as there are} */
  perOwnerMax?: number;
  /** Jobs that have made way and go on. @default {0} */
  asideMax?: number;
}

/** A turnstile. */
export class JobQueue {
  #running = 0;
  #aside = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #owners = new Map<string, number>();

  /** Opens it. */
  constructor(readonly options: JobQueueOptions) {}

  /** Jobs running now, those that have made way included. */
  get running(): number {
    return this.#running + this.#aside;
  }

  /** Jobs waiting now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a turn.
   *
   * @param owner whose job it is; undefined: nobody's that is counted
   * @throws {AlluviumError} at once: `busy` if too many wait already,
   *   `too-many-requests` if the owner has too many
   */
  async enter(owner?: string): Promise<Turn> {
    const { runningMax, waitingMax, perOwnerMax = Infinity } = this.options;
    const waits = this.#running >= runningMax;
    if (waits && this.#waiting.length >= waitingMax) {
      throw new AlluviumError(
        "busy",
        `Cannot take another file: ${waitingMax} are waiting already`,
      );
    }
    if ((this.#owners.get(owner ?? "") ?? 0) >= perOwnerMax) {
      throw new AlluviumError(
        "too-many-requests",
        `Cannot take another file: wanted at most ${perOwnerMax} at a time of one network`,
      );
    }
    this.#count(owner, 1);
    if (waits) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    return this.#turn(owner);
  }

  #turn(owner: string | undefined): Turn {
    const { asideMax = 0 } = this.options;
    let state: "running" | "aside" | "over" = "running";
    return {
      makeWay: () => {
        const may = state === "running" && this.#waiting.length > 0 &&
          this.#aside < asideMax;
        if (!may) return false;
        state = "aside";
        this.#aside++;
        this.#next();
        return true;
      },
      end: () => {
        if (state === "over") return;
        if (state === "running") this.#next();
        else this.#aside--;
        state = "over";
        this.#count(owner, -1);
      },
    };
  }

  #count(owner: string | undefined, more: number): void {
    if (owner === undefined) return;
    const count = (this.#owners.get(owner) ?? 0) + more;
    if (count > 0) this.#owners.set(owner, count);
    else this.#owners.delete(owner);
  }

  /** The turn goes to the next in line, or is nobody's. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
