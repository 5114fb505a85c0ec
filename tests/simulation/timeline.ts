/**
 * Virtual time: what is to happen, in order. Among things due at the same moment
 * the one planned first comes first, so that one seed replays one run exactly.
 *
 * @module
 */

interface Entry {
  atMs: number;
  order: number;
  run: () => void;
}

/** A clock that jumps from one event to the next. */
export class Timeline {
  #nowMs: number;
  #order = 0;
  /** A binary heap: the earliest first. */
  readonly #heap: Entry[] = [];

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
    const entry = {
      atMs: Math.max(atMs, this.#nowMs),
      order: this.#order++,
      run,
    };
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
  }

  /** Plans something for later. */
  after(delayMs: number, run: () => void): void {
    this.at(this.#nowMs + delayMs, run);
  }

  /** Runs everything due before `untilMs`, which is then now. */
  run(untilMs: number): void {
    for (let next = this.#heap[0]; next; next = this.#heap[0]) {
      if (next.atMs > untilMs) break;
      this.#take();
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }

  #take(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    const heap = this.#heap;
    const entry = heap[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #down(start: number): void {
    const heap = this.#heap;
    const entry = heap[start]!;
    let index = start;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, heap[child]!)) child++;
      if (!before(heap[child]!, entry)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = entry;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
