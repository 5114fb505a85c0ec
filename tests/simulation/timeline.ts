/**
 * Virtual time: what is to happen, in order. Among things due at the same moment
 * the one planned first comes first, so that one seed replays one run exactly.
 *
 * @module
 */

/** Children of a node of the heap: few levels, and siblings lie side by side. */
const WIDTH = 4;

/** Room for things planned, at first; doubled when it is full. */
const CAPACITY = 1024;

/**
 * A clock that jumps from one event to the next. What is planned is a heap, the
 * earliest first, whose keys are apart from what they stand for: a crowd plans
 * tens of thousands of things, and looking for the place of one reads keys alone.
 */
export class Timeline {
  #nowMs: number;
  #planned = 0;
  #size = 0;
  #atMs = new Float64Array(CAPACITY);
  #order = new Float64Array(CAPACITY);
  readonly #run: (() => void)[] = [];

  /** @param startMs ms since the epoch */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** Now, in ms since the epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Plans something for a moment; the past counts as now. */
  at(atMs: number, run: () => void): void {
    if (this.#size === this.#atMs.length) this.#grow();
    const index = this.#size++;
    this.#up(index, Math.max(atMs, this.#nowMs), this.#planned++, run);
  }

  /** Plans something for later. */
  after(delayMs: number, run: () => void): void {
    this.at(this.#nowMs + delayMs, run);
  }

  /** Runs everything due before `untilMs`, which is then now. */
  run(untilMs: number): void {
    while (this.#size > 0 && this.#atMs[0]! <= untilMs) {
      this.#nowMs = this.#atMs[0]!;
      this.#take()();
    }
    this.#nowMs = untilMs;
  }

  #take(): () => void {
    const first = this.#run[0]!;
    const last = --this.#size;
    const run = this.#run.pop()!;
    if (last > 0) this.#down(this.#atMs[last]!, this.#order[last]!, run);
    return first;
  }

  #up(start: number, atMs: number, order: number, run: () => void): void {
    let index = start;
    while (index > 0) {
      const parent = Math.floor((index - 1) / WIDTH);
      if (!this.#isBefore(atMs, order, parent)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, atMs, order, run);
  }

  /** Puts an entry where the first one was. */
  #down(atMs: number, order: number, run: () => void): void {
    let index = 0;
    for (;;) {
      const from = index * WIDTH + 1;
      if (from >= this.#size) break;
      const until = Math.min(from + WIDTH, this.#size);
      let least = from;
      for (let child = from + 1; child < until; child++) {
        const key = this.#atMs[child]!;
        if (this.#isBefore(key, this.#order[child]!, least)) least = child;
      }
      if (this.#isBefore(atMs, order, least)) break;
      this.#move(least, index);
      index = least;
    }
    this.#put(index, atMs, order, run);
  }

  #isBefore(atMs: number, order: number, index: number): boolean {
    const otherMs = this.#atMs[index]!;
    return atMs < otherMs || atMs === otherMs && order < this.#order[index]!;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#atMs[from]!, this.#order[from]!, this.#run[from]!);
  }

  #put(index: number, atMs: number, order: number, run: () => void): void {
    this.#atMs[index] = atMs;
    this.#order[index] = order;
    this.#run[index] = run;
  }

  #grow(): void {
    const [atMs, order] = [this.#atMs, this.#order];
    this.#atMs = new Float64Array(2 * atMs.length);
    this.#order = new Float64Array(2 * atMs.length);
    this.#atMs.set(atMs);
    this.#order.set(order);
  }
}
