/**
 * So many at a time, so many waiting, no more: the turnstile before work that
 * costs the network or the disk.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

/** A turnstile. */
export class JobQueue {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Opens it.
   *
   * @param runningMax jobs at a time
   * @param waitingMax jobs that wait for their turn
   */
  constructor(readonly runningMax: number, readonly waitingMax: number) {}

  /** Jobs running now. */
  get running(): number {
    return this.#running;
  }

  /** Jobs waiting now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a turn.
   *
   * @returns gives the turn back; calling it again is harmless
   * @throws {AlluviumError} `busy` at once if too many wait already
   */
  async enter(): Promise<() => void> {
    if (this.#running >= this.runningMax) {
      if (this.#waiting.length >= this.waitingMax) {
        throw new AlluviumError(
          "busy",
          `Cannot take another file: ${this.waitingMax} are waiting already`,
        );
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    let over = false;
    return () => {
      if (!over) this.#next();
      over = true;
    };
  }

  /** The turn goes to the next in line, or is nobody's. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
