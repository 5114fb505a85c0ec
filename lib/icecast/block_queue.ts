/**
 * The recent past of a mount, once in memory for all its listeners: chunks
 * gathered into blocks, the blocks numbered, the oldest forgotten. Pure.
 *
 * Invariants: blocks tile the stream without hole or overlap; a title change and
 * a place where a listener may start are always at the beginning of a block;
 * the bytes kept never exceed the limit by more than one block.
 *
 * @module
 */
import {
  LISTENER_QUEUE_BYTES_MAX,
  MOUNT_BLOCK_BYTES_MAX,
  MOUNT_BLOCK_MS,
  RUN_BYTES_MAX,
} from "../limits.ts";
import type { MountChunk } from "../media/packet.ts";
import { metadataBlock } from "./icy.ts";

/** Some chunks as one piece, written to a listener at once. */
export interface Block {
  /** The chunks' bytes, joined. */
  data: Uint8Array;
  /** How long it plays, in ms. */
  durationMs: number;
  /** What a listener that starts here gets first; absent where none may. */
  header: Uint8Array | undefined;
  /** The title that holds for it. */
  title: string;
  /** That title as ICY metadata; the same array while the title is the same. */
  metadata: Uint8Array;
}

/** Some blocks in a row, joined once for everyone who wants the same. */
export interface Run extends Block {
  /** The number of the block after it. */
  nextNumber: number;
}

/** Sizes of a {@linkcode BlockQueue}; a test makes them small. */
export interface BlockQueueOptions {
  /** Bytes to keep. @default {LISTENER_QUEUE_BYTES_MAX} */
  bytesMax?: number;
  /** Media time of a block in ms. @default {MOUNT_BLOCK_MS} */
  blockMs?: number;
  /** Bytes of a block of several chunks. @default {MOUNT_BLOCK_BYTES_MAX} */
  blockBytes?: number;
}

/** Blocks by number, the first one kept being `firstNumber`. */
export class BlockQueue {
  readonly #bytesMax: number;
  readonly #blockMs: number;
  readonly #blockBytes: number;
  #charset = "utf-8";
  #blocks: Block[] = [];
  #firstNumber = 0;
  #bytes = 0;
  #pending: MountChunk[] = [];
  #pendingBytes = 0;
  #pendingMs = 0;
  #runs = new Map<number, Run>();
  #title = "";
  #url = "";
  #metadata = metadataBlock({ title: "" });

  /** An empty queue. */
  constructor(options: BlockQueueOptions = {}) {
    this.#bytesMax = options.bytesMax ?? LISTENER_QUEUE_BYTES_MAX;
    this.#blockMs = options.blockMs ?? MOUNT_BLOCK_MS;
    this.#blockBytes = options.blockBytes ?? MOUNT_BLOCK_BYTES_MAX;
  }

  /** The number of the oldest block kept. */
  get firstNumber(): number {
    return this.#firstNumber;
  }

  /** The number that the next block will have. */
  get nextNumber(): number {
    return this.#firstNumber + this.#blocks.length;
  }

  /** The title of what was pushed last. */
  get title(): string {
    return this.#title;
  }

  /** A block kept; undefined for one forgotten or not made yet. */
  block(number: number): Block | undefined {
    return this.#blocks[number - this.#firstNumber];
  }

  /**
   * What is kept from a block on, as far as one title holds and a listener that
   * starts in it would miss nothing; at most RUN_BYTES_MAX or one block. Undefined
   * where there is no such block.
   */
  run(number: number): Run | undefined {
    const known = this.#runs.get(number);
    if (known !== undefined) return known;
    const first = this.block(number);
    if (first === undefined) return undefined;
    const blocks = [first];
    let bytes = first.data.length;
    for (let next = number + 1;; next++) {
      const block = this.block(next);
      bytes += block?.data.length ?? 0;
      if (block === undefined || bytes > RUN_BYTES_MAX) break;
      if (!continues(block, first)) break;
      blocks.push(block);
    }
    const data = joined(blocks);
    const run = { ...first, data, nextNumber: number + blocks.length };
    this.#runs.set(number, run);
    return run;
  }

  /**
   * Adds a chunk.
   *
   * @returns whether there is a new block
   */
  push(chunk: MountChunk): boolean {
    const before = this.nextNumber;
    if (this.#mustBeginBlock(chunk)) this.seal();
    if (chunk.title !== undefined) this.retitle(chunk.title);
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.data.length;
    this.#pendingMs += chunk.durationMs;
    if (this.#pendingMs >= this.#blockMs) this.seal();
    return this.nextNumber > before;
  }

  /** Sends titles in another charset from the next one on. */
  setCharset(charset: string): void {
    this.#charset = charset;
  }

  /** Sets the title from the next chunk on; what came before keeps its own. */
  retitle(title: string, url = ""): void {
    if (title === this.#title && url === this.#url) return;
    this.seal();
    this.#title = title;
    this.#url = url;
    this.#metadata = metadataBlock({ title, url }, this.#charset);
  }

  /** Makes a block of what is pending, if anything; for a listener that just came. */
  seal(): boolean {
    if (this.#pending.length === 0) return false;
    this.#blocks.push({
      data: joined(this.#pending),
      durationMs: this.#pendingMs,
      header: this.#pending[0]?.header,
      title: this.#title,
      metadata: this.#metadata,
    });
    this.#bytes += this.#pendingBytes;
    this.#runs.clear();
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#pendingMs = 0;
    this.#forget();
    return true;
  }

  /**
   * Where a new listener starts: the earliest block from which a listener may
   * start and at most so many bytes and so much play time follow, else the latest
   * one that has headers, else the next one to come.
   */
  burstStart(bytesMax: number, durationMsMax = Infinity): number {
    let bytes = 0;
    let durationMs = 0;
    let start: number | undefined;
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const block = this.#blocks[i];
      bytes += block?.data.length ?? 0;
      durationMs += block?.durationMs ?? 0;
      const isLong = bytes > bytesMax || durationMs > durationMsMax;
      if (isLong && start !== undefined) break;
      if (block?.header !== undefined) start = this.#firstNumber + i;
    }
    return start ?? this.nextNumber;
  }

  #mustBeginBlock(chunk: MountChunk): boolean {
    const first = this.#pending[0];
    if (first === undefined) return false;
    const isNewStart = chunk.header !== undefined && first.header === undefined;
    return isNewStart ||
      this.#pendingBytes + chunk.data.length > this.#blockBytes;
  }

  #forget(): void {
    while (this.#bytes > this.#bytesMax && this.#blocks.length > 1) {
      this.#bytes -= this.#blocks.shift()?.data.length ?? 0;
      this.#firstNumber++;
    }
  }
}

/** Whether a block may be joined to a run that begins with `first`. */
function continues(block: Block, first: Block): boolean {
  const startsLater = block.header !== undefined && first.header === undefined;
  return block.metadata === first.metadata && !startsLater;
}

function joined(pieces: { data: Uint8Array }[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only.data;
  const total = pieces.reduce((sum, { data }) => sum + data.length, 0);
  const whole = new Uint8Array(total);
  let at = 0;
  for (const { data } of pieces) {
    whole.set(data, at);
    at += data.length;
  }
  return whole;
}
