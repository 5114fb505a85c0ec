/**
 * Hashing on all cores: workers that take blocks of files and give their leaf
 * hashes. They are started when there is enough to do, since a small folder is
 * hashed sooner than a worker is there, and end with the pool.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { HASH_BYTES, LEAF_BYTES } from "../hashtree/geometry.ts";
import { LeafLayerBuilder } from "../hashtree/layer.ts";
import { HASH_WORKERS_MAX } from "../limits.ts";
import SOURCE from "./hash_worker.js" with { type: "text" };

/** Bytes hashed here before workers are started: a fortieth of a second's work. */
const INLINE_BYTES = 32 * 1024 * 1024;

interface Job {
  resolve(hashes: Uint8Array): void;
  reject(error: unknown): void;
}

/** One worker, and what it has been given. */
interface Hand {
  worker: Worker;
  jobs: Map<number, Job>;
}

/** Hashes blocks. End it with `using`. */
export class HashPool implements Disposable {
  readonly #size: number;
  readonly #hands: Hand[] = [];
  readonly #inlineBytes: number;
  #url: string | undefined;
  #bytes = 0;
  #id = 0;

  /**
   * @param workers how many; the machine's cores by default, none to hash here
   * @param inlineBytes hashed here before the workers are started
   */
  constructor(
    workers: number = navigator.hardwareConcurrency,
    inlineBytes: number = INLINE_BYTES,
  ) {
    this.#size = Math.min(HASH_WORKERS_MAX, workers);
    this.#inlineBytes = inlineBytes;
  }

  /** Blocks worth handing over at a time. */
  get depth(): number {
    return Math.max(2, 2 * this.#size);
  }

  /** Workers that were started. */
  get workers(): number {
    return this.#hands.length;
  }

  /**
   * The leaf hashes of a block.
   *
   * @param block whole leaves, but for the last block of a file; taken away
   *   from the caller
   * @returns 32 bytes a leaf
   * @throws AlluviumError `internal` if a worker fails
   */
  hash(block: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    this.#bytes += block.length;
    if (this.#size === 0 || this.#bytes <= this.#inlineBytes) {
      return Promise.resolve(hashHere(block));
    }
    while (this.#hands.length < this.#size) this.#hands.push(this.#start());
    const hand = this.#hands.reduce((a, b) =>
      b.jobs.size < a.jobs.size ? b : a
    );
    const id = this.#id++;
    return new Promise((resolve, reject) => {
      hand.jobs.set(id, { resolve, reject });
      hand.worker.postMessage({ id, block }, [block.buffer]);
    });
  }

  /** Ends the workers. */
  [Symbol.dispose](): void {
    for (const { worker } of this.#hands) worker.terminate();
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
  }

  #start(): Hand {
    this.#url ??= URL.createObjectURL(
      new Blob([SOURCE], { type: "text/javascript" }),
    );
    const worker = new Worker(this.#url, { type: "module" });
    const hand: Hand = { worker, jobs: new Map() };
    worker.onmessage = ({ data: { id, hashes } }) => {
      hand.jobs.get(id)?.resolve(hashes);
      hand.jobs.delete(id);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const error = new AlluviumError(
        "internal",
        `Cannot hash: the worker failed: ${event.message}`,
      );
      for (const { reject } of hand.jobs.values()) reject(error);
      hand.jobs.clear();
    };
    return hand;
  }
}

function hashHere(block: Uint8Array): Uint8Array {
  const builder = new LeafLayerBuilder();
  builder.write(block);
  const { layer } = builder.finish();
  const leaves = Math.ceil(block.length / LEAF_BYTES);
  return layer.subarray(0, leaves * HASH_BYTES);
}
