/**
 * The thread beside this one that hashes what fast links bring and writes it to
 * disk: a download then takes two cores, and neither makes streams and timers
 * wait. It is started when it is first needed and ends when it has been idle for
 * a while, or with the node.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import SOURCE from "./leaf_thread.js" with { type: "text" };

/** It costs ten megabytes, and a hundredth of a second to start. */
const IDLE_MS = 10_000;

/** Bytes in memory that both threads see. */
type Shared = Uint8Array<SharedArrayBuffer>;

type Work =
  | { kind: "hash" } & Place
  | { kind: "write"; path: string; at: number } & Place
  | { kind: "close"; path: string };

interface Place {
  buffer: SharedArrayBuffer;
  offset: number;
  length: number;
}

interface Job {
  work: Work;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Whether the thread can be given these bytes. */
export function isShared(bytes: Uint8Array): bytes is Shared {
  return bytes.buffer instanceof SharedArrayBuffer;
}

/** The thread. It does one job after the other. */
export class LeafThread {
  readonly #clock: Clock;
  #worker: Worker | undefined;
  #url: string | undefined;
  /** What goes to the worker at the end of this turn. */
  #batch: Job[] = [];
  /** What the worker has, oldest first. */
  #sent: Job[][] = [];
  #cancelIdle: () => void = () => {};

  /** @param clock tells when it has been idle */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it runs. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * The hashes of whole leaves, the last of which may be short.
   *
   * @param bytes nobody changes them before the answer
   * @returns 32 bytes a leaf
   * @throws AlluviumError `internal` if the thread fails
   */
  hash(bytes: Shared): Promise<Uint8Array> {
    const done = this.#run({ kind: "hash", ...placeOf(bytes) });
    return done as Promise<Uint8Array>;
  }

  /**
   * Writes bytes to a file, which is made and left open.
   *
   * @param at place in the file
   * @param bytes nobody changes them before the answer
   * @throws what the system said when the disk refuses
   * @throws AlluviumError `internal` if the thread fails
   */
  async write(path: string, at: number, bytes: Shared): Promise<void> {
    await this.#run({ kind: "write", path, at, ...placeOf(bytes) });
  }

  /** Lets a file go when all that was to be written is. */
  async close(path: string): Promise<void> {
    if (this.isRunning) await this.#run({ kind: "close", path });
  }

  /** Ends it; what it had to do fails. */
  end(): void {
    this.#fail("it was ended");
  }

  #run(work: Work): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiting = this.#batch.push({ work, resolve, reject });
      if (waiting === 1) queueMicrotask(() => this.#send());
    });
  }

  #send(): void {
    if (this.#batch.length === 0) return;
    this.#cancelIdle();
    this.#worker ??= this.#start();
    this.#worker.postMessage(this.#batch.map(({ work }) => work));
    this.#sent.push(this.#batch.splice(0));
  }

  #start(): Worker {
    const blob = new Blob([SOURCE], { type: "text/javascript" });
    this.#url = URL.createObjectURL(blob);
    const worker = new Worker(this.#url, { type: "module" });
    worker.onmessage = ({ data }) => this.#done(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    return worker;
  }

  #done(outcomes: { value: unknown; error: unknown }[]): void {
    const jobs = this.#sent.shift() ?? [];
    for (const [i, { resolve, reject }] of jobs.entries()) {
      const { value, error } = outcomes[i]!;
      if (error === undefined) resolve(value);
      else reject(error);
    }
    if (this.#sent.length > 0) return;
    this.#cancelIdle = this.#clock.timer(IDLE_MS, () => this.end());
  }

  #fail(why: string): void {
    this.#cancelIdle();
    this.#worker?.terminate();
    this.#worker = undefined;
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
    this.#url = undefined;
    const error = new AlluviumError("internal", `Cannot hash or write: ${why}`);
    const jobs = [...this.#sent.splice(0).flat(), ...this.#batch.splice(0)];
    for (const { reject } of jobs) reject(error);
  }
}

function placeOf({ buffer, byteOffset, byteLength }: Shared): Place {
  return { buffer, offset: byteOffset, length: byteLength };
}
