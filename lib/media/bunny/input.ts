/**
 * The door to mediabunny, which reads the container whose index is a tree of
 * tables: MP4. It is loaded when the first file needs it, so that a
 * station of MP3 never pays for it.
 *
 * Promises: it is given whole leaves of the file, each fetched once; what the
 * source throws comes out as thrown; everything else that goes wrong is a
 * `media-rejected`; it cannot read on and on without giving a packet.
 *
 * @module
 */
import type { Input } from "mediabunny";
import { AlluviumError } from "../../errors.ts";
import { MEDIA_INDEX_BYTES_MAX, MEDIA_INDEX_READS_MAX } from "../../limits.ts";
import { concatBytes } from "../bytes.ts";
import { BLOCK_BYTES } from "../packet_stream.ts";
import { findHoles, type Hole } from "./holes.ts";
import type { RandomAccess } from "../random_access.ts";

/** The library, as far as it is used. */
export type Bunny = typeof import("mediabunny");

/** What mediabunny may keep of the file, in bytes: nothing, as keeping it costs more than reading it from here. */
const CACHE_BYTES = 0;
/** Leaves kept here, for the many small reads within one. */
const LEAVES_KEPT = 8;

/** A file that mediabunny reads. */
export class BunnyFile {
  /** The library. */
  readonly bunny: Bunny;
  /** The file as it knows it. */
  readonly input: Input;
  readonly #leaves: LeafReader;

  private constructor(bunny: Bunny, input: Input, leaves: LeafReader) {
    this.bunny = bunny;
    this.input = input;
    this.#leaves = leaves;
  }

  /**
   * Prepares a file: looks where its index is.
   *
   * @throws what the source throws
   */
  static async open(
    source: RandomAccess,
    signal?: AbortSignal,
  ): Promise<BunnyFile> {
    const bunny = await import("mediabunny");
    // What is wrong with a file is said by whoever plays it.
    bunny.Logging.level = bunny.LogLevel.Silent;
    const leaves = new LeafReader(source, signal);
    await leaves.findHoles();
    const custom = new bunny.CustomSource({
      getSize: () => source.size,
      read: (start, end) => leaves.read(start, end),
      maxCacheSize: CACHE_BYTES,
      // Told by whoever waits for the bytes.
      handleUnhandledError: () => {},
    });
    countReads(custom, leaves);
    const input = new bunny.Input({
      source: custom,
      formats: [bunny.MP4, bunny.QTFF],
    });
    return new BunnyFile(bunny, input, leaves);
  }

  /**
   * Asks mediabunny something; a packet, say.
   *
   * @throws what the source threw
   * @throws AlluviumError `media-rejected` for all other failures
   */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    this.#leaves.begin();
    try {
      return await question();
    } catch (error) {
      const { failure } = this.#leaves;
      if (failure !== undefined) throw failure.error;
      if (error instanceof AlluviumError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new AlluviumError(
        "media-rejected",
        `Cannot read the file: ${why || "its structure is broken"}`,
        { cause: error },
      );
    }
  }

  /** Lets go of what is kept; the file is not read any more. */
  close(): void {
    this.input.dispose();
  }
}

/**
 * Counts what the library reads from its own memory as well: a damaged file can
 * send it round in circles there, without a byte asked of anybody.
 */
function countReads(custom: object, leaves: LeafReader): void {
  const source = custom as { _read?(...place: unknown[]): unknown };
  const read = source._read?.bind(source);
  if (read === undefined) return;
  source._read = (...place) => {
    leaves.count();
    return read(...place);
  };
}

/** Reads whole leaves and hands out parts of them. */
class LeafReader {
  readonly #source: RandomAccess;
  readonly #signal: AbortSignal | undefined;
  readonly #kept = new Map<number, Uint8Array>();
  #bytes = 0;
  #looks = 0;
  /** What is zeros for all who ask; in order. */
  #holes: Hole[] = [];
  /** What the source threw last. */
  failure: { error: unknown } | undefined;

  constructor(source: RandomAccess, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  /** One more look at the file. */
  count(): void {
    if (++this.#looks <= MEDIA_INDEX_READS_MAX) return;
    const error = tooMuch();
    this.failure = { error };
    throw error;
  }

  /** A new question: the counts start again. */
  begin(): void {
    this.#bytes = 0;
    this.#looks = 0;
    this.failure = undefined;
  }

  /** Finds what need not be fetched. */
  async findHoles(): Promise<void> {
    const holes = await findHoles(
      this.#source.size,
      (start, end) => this.#gather(start, Math.min(end, this.#source.size)),
    );
    this.#holes = holes.toSorted((a, b) => a.start - b.start);
  }

  async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      if (this.#holes.length === 0) return await this.#take(start, end);
      const bytes = new Uint8Array(end - start);
      let at = start;
      for (const hole of [...this.#holes, { start: end, end }]) {
        const to = Math.min(hole.start, end);
        if (to > at) bytes.set(await this.#take(at, to), at - start);
        at = Math.max(at, hole.end);
      }
      return bytes;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  async #take(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#bytes += end - start;
    if (this.#bytes > MEDIA_INDEX_BYTES_MAX) throw tooMuch();
    return await this.#gather(start, end);
  }

  async #gather(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const first = Math.floor(start / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    if (last - first >= LEAVES_KEPT) {
      const bytes = await this.#source.read(start, end - start, this.#signal);
      return bytes.slice();
    }
    const parts: Uint8Array[] = [];
    for (let leaf = first; leaf <= last; leaf++) {
      parts.push(await this.#leaf(leaf));
    }
    const from = start - first * BLOCK_BYTES;
    return concatBytes(parts).slice(from, from + end - start);
  }

  async #leaf(index: number): Promise<Uint8Array> {
    const known = this.#kept.get(index);
    if (known !== undefined) return known;
    const offset = index * BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES, this.#source.size - offset);
    const bytes = await this.#source.read(offset, length, this.#signal);
    this.#kept.set(index, bytes);
    if (this.#kept.size > LEAVES_KEPT) {
      this.#kept.delete(this.#kept.keys().next().value!);
    }
    return bytes;
  }
}

function tooMuch(): AlluviumError {
  return new AlluviumError(
    "media-rejected",
    `Cannot read the file: no packet in ${MEDIA_INDEX_BYTES_MAX} bytes and ${MEDIA_INDEX_READS_MAX} looks`,
  );
}
