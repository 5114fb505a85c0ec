/**
 * The mounts of one kind of item as the tuner fills them: for each container a
 * writer that makes it, a sink that hands it to listeners, and the one number
 * that ties them to the clock: when the next packet plays. That number is
 * counted in samples by the writer, so it never drifts from what listeners hear.
 *
 * Promises: `atMs` is the first container's, and grows by exactly what was
 * written; silence fills each container up to a moment and not a whole packet
 * beyond. Leaves to others: which item is on
 * (`station_player.ts`), and what a listener gets when it connects (the sink).
 *
 * @module
 */
import { SILENCE_CALL_MS } from "../limits.ts";
import type { MountWriter, NowPlaying } from "../media/mount_writer.ts";
import type { MountChunk, Packet, TrackInfo } from "../media/packet.ts";
import type { Filler } from "./filler.ts";

/** Where a mount's chunks go, in order, as soon as they are made. */
export interface ChunkSink {
  /**
   * Takes one chunk; never waits, never throws.
   *
   * @param atMs when it plays, in ms since the epoch
   */
  write(chunk: MountChunk, atMs: number): void;
  /** The parameters of what comes from here on. */
  describe?(info: TrackInfo): void;
}

/** A further container of the same packets. */
export interface FurtherMount {
  /** Fresh. */
  writer: MountWriter;
  /** Where its chunks go. */
  sink: ChunkSink;
}

/** Endless streams of the same packets, and their place in time. */
export class MountFeed {
  /** Path of the first mount, e.g. `/stream.mp3`. */
  readonly path: string;
  readonly #first: Lane;
  readonly #lanes: readonly Lane[];
  #hasBegun = false;
  /** The filler that is heard, and which of its packets comes next. */
  #filling: { filler: Filler; next: number } | undefined;
  #holeFromMs: number | undefined;

  /**
   * Begins with nothing sent.
   *
   * @param path of the first mount
   * @param writer fresh; it decides what fits
   * @param sink where its chunks go
   * @param startMs when its first packet plays, in ms since the epoch
   * @param further other containers of the same
   */
  constructor(
    path: string,
    writer: MountWriter,
    sink: ChunkSink,
    startMs: number,
    further: readonly FurtherMount[] = [],
  ) {
    this.path = path;
    this.#first = new Lane(writer, sink, startMs);
    const others = further.map((x) => new Lane(x.writer, x.sink, startMs));
    this.#lanes = [this.#first, ...others];
  }

  /** When the next packet written plays, in ms since the epoch. */
  get atMs(): number {
    return this.#first.atMs;
  }

  /** The first mount's media type. */
  get contentType(): string {
    return this.#first.writer.contentType;
  }

  /** Whether the filler is heard. */
  get isFilling(): boolean {
    return this.#filling !== undefined;
  }

  /** How long no item was heard, in ms. */
  get holeMs(): number {
    return this.atMs - (this.#holeFromMs ?? this.atMs);
  }

  /** Whether an item was ever begun on it. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether an item of these parameters fits. */
  accepts(info: TrackInfo): boolean {
    return this.#first.writer.accepts(info);
  }

  /** Starts an item; see {@linkcode MountWriter.begin}. */
  begin(info: TrackInfo, playing: NowPlaying): void {
    this.#hasBegun = true;
    this.#endHole();
    this.#beginOn(info, playing);
  }

  #beginOn(info: TrackInfo, playing: NowPlaying): void {
    for (const lane of this.#lanes) lane.begin(info, playing);
  }

  #endHole(): void {
    this.#holeFromMs = undefined;
    this.#filling = undefined;
  }

  /** Adds a packet of the item begun. */
  write(packet: Packet): void {
    for (const lane of this.#lanes) {
      if (lane.isOpen) lane.write(packet);
      else lane.silenceUntil(this.atMs); // Another setup: it stays silent.
    }
  }

  /** Ends the item. */
  end(): void {
    this.#endHole();
    for (const lane of this.#lanes) lane.end();
  }

  /**
   * Silence up to a moment; nothing when it has passed.
   *
   * @param untilMs in ms since the epoch
   * @param playing what listeners are told meanwhile
   */
  silenceUntil(untilMs: number, playing?: NowPlaying): void {
    this.#holeFromMs ??= this.atMs;
    this.#filling = undefined;
    for (const lane of this.#lanes) lane.silenceUntil(untilMs, playing);
  }

  /**
   * The filler up to a moment, again and again, on from where it was; nothing
   * when the moment has passed.
   *
   * @param filler of parameters that fit
   * @param untilMs in ms since the epoch
   * @param playing what listeners are told meanwhile
   */
  fillUntil(filler: Filler, untilMs: number, playing: NowPlaying): void {
    this.#holeFromMs ??= this.atMs;
    while (this.atMs < untilMs) {
      const filling = this.#filling?.filler === filler
        ? this.#filling
        : { filler, next: 0 };
      const packet = filler.packets[filling.next % filler.packets.length]!;
      const begins = filling.next++ % filler.packets.length === 0;
      this.#filling = filling;
      if (begins) this.#beginOn(filler.info, playing);
      this.write(packet);
    }
  }

  /**
   * Moves the mounts in time without sending anything: the machine slept, or its
   * clock was set. Listeners hear what comes next at once.
   *
   * @param atMs when the next packet plays from here on
   */
  jumpTo(atMs: number): void {
    for (const lane of this.#lanes) lane.jumpTo(atMs);
  }
}

/** One container and its own place in time. */
class Lane {
  readonly writer: MountWriter;
  readonly #sink: ChunkSink;
  #originMs: number;
  #emittedMs = 0;
  #isOpen = false;

  constructor(writer: MountWriter, sink: ChunkSink, startMs: number) {
    this.writer = writer;
    this.#sink = sink;
    this.#originMs = startMs;
  }

  get atMs(): number {
    return this.#originMs + this.#emittedMs + this.writer.heldMs;
  }

  /** Whether it takes the packets of the item that was begun. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  begin(info: TrackInfo, playing: NowPlaying): void {
    this.#isOpen = this.writer.accepts(info);
    if (!this.#isOpen) return;
    this.#sink.describe?.(info);
    this.#emit(this.writer.begin(info, playing));
  }

  write(packet: Packet): void {
    this.#emit(this.writer.write(packet));
  }

  end(): void {
    this.#emit(this.writer.end());
  }

  silenceUntil(untilMs: number, playing?: NowPlaying): void {
    while (this.atMs < untilMs) {
      this.#isOpen = false;
      const missing = Math.min(untilMs - this.atMs, SILENCE_CALL_MS);
      const before = this.atMs;
      this.#emit(this.writer.silence(missing, playing));
      if (this.atMs <= before) return; // A writer without silence of its own.
    }
  }

  jumpTo(atMs: number): void {
    this.#originMs += atMs - this.atMs;
  }

  #emit(chunks: MountChunk[]): void {
    for (const chunk of chunks) {
      this.#sink.write(chunk, this.#originMs + this.#emittedMs);
      this.#emittedMs += chunk.durationMs;
    }
  }
}
