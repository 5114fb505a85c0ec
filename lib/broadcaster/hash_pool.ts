/**
 * Hashing on all cores: workers that read blocks of files and give their leaf
 * hashes. They are started when there is enough to do, since a small folder is
 * hashed sooner than a worker is there, and end with the pool.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { HASH_BYTES, LEAF_BYTES } from "../hashtree/geometry.ts";
import { LeafLayerBuilder } from "../hashtree/layer.ts";
import { sidecarBytes } from "../hashtree/sidecar.ts";
import { HASH_WORKERS_MAX } from "../limits.ts";
import SOURCE from "./hash_worker.js" with { type: "text" };

/** Bytes hashed here before workers are started: a fortieth of a second's work. */
const INLINE_BYTES = 32 * 1024 * 1024;

/** Bytes of a block: three milliseconds of hashing, beside which handing it over costs little. */
const BLOCK_BYTES = 4 * 1024 * 1024;

interface Block {
  path: string;
  offset: number;
  length: number;
}

interface Job extends Block {
  resolve(hashes: Uint8Array): void;
  reject(error: unknown): void;
}

/** How a file is hashed. */
export interface HashOptions {
  /** Called with the bytes of each block hashed. */
  onBytes?: (bytes: number) => void;
  /** Gives it up. */
  signal?: AbortSignal | undefined;
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

  /** Workers that were started. */
  get workers(): number {
    return this.#hands.length;
  }

  /**
   * The leaf layer of a file.
   *
   * @param length bytes of it, 1 or more
   * @returns 32 bytes a leaf
   * @throws AlluviumError `storage` if it cannot be read, or is shorter;
   *   `internal` if a worker fails
   * @throws the signal's reason when it aborts
   */
  async hash(
    path: string,
    length: number,
    { onBytes, signal }: HashOptions = {},
  ): Promise<Uint8Array> {
    const layer = new Uint8Array(sidecarBytes(length));
    const waiting = new Set<Promise<void>>();
    for (let offset = 0; offset < length; offset += BLOCK_BYTES) {
      signal?.throwIfAborted();
      const block = {
        path,
        offset,
        length: Math.min(BLOCK_BYTES, length - offset),
      };
      const job = this.#hash(block).then((hashes) => {
        layer.set(hashes, offset / LEAF_BYTES * HASH_BYTES);
        waiting.delete(job);
        onBytes?.(block.length);
      });
      job.catch(() => {}); // The race or the end below tells.
      waiting.add(job);
      // One block in work and one ready for every worker.
      if (waiting.size >= 2 * this.#size) await Promise.race(waiting);
    }
    await Promise.all(waiting);
    return layer;
  }

  #hash(block: Block): Promise<Uint8Array> {
    this.#bytes += block.length;
    if (this.#size === 0 || this.#bytes <= this.#inlineBytes) {
      return hashHere(block);
    }
    while (this.#hands.length < this.#size) this.#hands.push(this.#start());
    const hand = this.#hands.reduce((a, b) =>
      b.jobs.size < a.jobs.size ? b : a
    );
    const id = this.#id++;
    return new Promise((resolve, reject) => {
      hand.jobs.set(id, { ...block, resolve, reject });
      hand.worker.postMessage({ id, ...block });
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
    worker.onmessage = ({ data: { id, hashes, error } }) => {
      const job = hand.jobs.get(id);
      hand.jobs.delete(id);
      if (hashes !== undefined) job?.resolve(hashes);
      else job?.reject(unreadable(job.path, error));
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

async function hashHere({ path, offset, length }: Block): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  try {
    using file = await Deno.open(path);
    await file.seek(offset, Deno.SeekMode.Start);
    for (let at = 0; at < length;) {
      const read = await file.read(bytes.subarray(at));
      if (read === null) throw new Error("it became shorter while it was read");
      at += read;
    }
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : error);
  }
  const builder = new LeafLayerBuilder();
  builder.write(bytes);
  return builder.finish().layer;
}

function unreadable(path: string, why: unknown): AlluviumError {
  return new AlluviumError("storage", `Cannot read the file: ${why}`, {
    file: path,
  });
}
