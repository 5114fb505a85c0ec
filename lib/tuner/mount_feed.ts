/**
 * One mount as the tuner fills it: a writer that makes the container, a sink
 * that hands it to listeners, and the one number that ties them to the clock:
 * when the next packet plays. That number is counted in samples by the writer,
 * so it never drifts from what listeners hear.
 *
 * Promises: `atMs` grows by exactly what was written; silence fills up to a
 * moment and not a whole packet beyond. Leaves to others: which item is on
 * (`station_player.ts`), and what a listener gets when it connects (the sink).
 *
 * @module
 */
import { SILENCE_CALL_MS } from "../limits.ts";
import type { MountWriter, NowPlaying } from "../media/mount_writer.ts";
import type { MountChunk, Packet, TrackInfo } from "../media/packet.ts";

/** Where a mount's chunks go, in order, as soon as they are made. */
export interface ChunkSink {
  /** Takes one chunk; never waits, never throws. */
  write(chunk: MountChunk): void;
  /** The parameters of what comes from here on. */
  describe?(info: TrackInfo): void;
}

/** One endless stream and its place in time. */
export class MountFeed {
  /** Path of the mount, e.g. `/stream.mp3`. */
  readonly path: string;
  readonly #writer: MountWriter;
  readonly #sink: ChunkSink;
  #originMs: number;
  #emittedMs = 0;

  /**
   * A mount that nothing was written to.
   *
   * @param path of the mount
   * @param writer fresh
   * @param sink where its chunks go
   * @param startMs when its first packet plays, in ms since the epoch
   */
  constructor(
    path: string,
    writer: MountWriter,
    sink: ChunkSink,
    startMs: number,
  ) {
    this.path = path;
    this.#writer = writer;
    this.#sink = sink;
    this.#originMs = startMs;
  }

  /** When the next packet written plays, in ms since the epoch. */
  get atMs(): number {
    return this.#originMs + this.#emittedMs + this.#writer.heldMs;
  }

  /** The mount's media type. */
  get contentType(): string {
    return this.#writer.contentType;
  }

  /** Whether an item of these parameters fits this mount. */
  accepts(info: TrackInfo): boolean {
    return this.#writer.accepts(info);
  }

  /** Starts an item; see {@linkcode MountWriter.begin}. */
  begin(info: TrackInfo, playing: NowPlaying): void {
    this.#sink.describe?.(info);
    this.#emit(this.#writer.begin(info, playing));
  }

  /** Adds a packet of the item begun. */
  write(packet: Packet): void {
    this.#emit(this.#writer.write(packet));
  }

  /** Ends the item. */
  end(): void {
    this.#emit(this.#writer.end());
  }

  /**
   * Silence up to a moment; nothing when it has passed.
   *
   * @param untilMs in ms since the epoch
   * @param playing what listeners are told meanwhile
   */
  silenceUntil(untilMs: number, playing?: NowPlaying): void {
    while (this.atMs < untilMs) {
      const missing = Math.min(untilMs - this.atMs, SILENCE_CALL_MS);
      const before = this.atMs;
      this.#emit(this.#writer.silence(missing, playing));
      if (this.atMs <= before) return; // A writer without silence of its own.
    }
  }

  /**
   * Moves the mount in time without sending anything: the machine slept, or its
   * clock was set. Listeners hear what comes next at once.
   *
   * @param atMs when the next packet plays from here on
   */
  jumpTo(atMs: number): void {
    this.#originMs += atMs - this.atMs;
  }

  #emit(chunks: MountChunk[]): void {
    for (const chunk of chunks) {
      this.#emittedMs += chunk.durationMs;
      this.#sink.write(chunk);
    }
  }
}
