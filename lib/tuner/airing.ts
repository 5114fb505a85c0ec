/**
 * One item being aired: its file opened in the swarm, its packets read from a
 * place on, a few seconds ahead of their time and no more. This is the only
 * part of the tuner that waits for bytes; `station_player.ts` takes packets
 * from here when their time has come and never waits.
 *
 * Promises: packets in order with their place in the file; a failure is a state
 * with its error, never a rejection; after `close` nothing runs on. What failed is
 * tried again with growing pauses, whoever was at fault: a file may be put there,
 * or put right, while its slot lasts.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { type AlluviumError, toAlluviumError } from "../errors.ts";
import {
  AIRING_QUEUE_PACKETS,
  AIRING_RETRY_MS,
  AIRING_RETRY_MS_MAX,
  TRACK_AHEAD_MS,
} from "../limits.ts";
import type { openTrack } from "../media/open.ts";
import type { Packet, TrackInfo } from "../media/packet.ts";
import type { RandomAccess } from "../media/random_access.ts";
import type { ItemSlot } from "../schedule/slot.ts";
import type { FileOpener, SwarmFile } from "./files.ts";

/** Where an airing is. "refused" is final; "waiting" will be tried again. */
export type AiringState =
  | { kind: "opening" }
  | { kind: "open" }
  | { kind: "playing" }
  | { kind: "ended" }
  | { kind: "waiting"; error: AlluviumError }
  | { kind: "refused"; error: AlluviumError };

/** A packet and its place in the file. */
export interface TimedPacket {
  packet: Packet;
  /** Where it starts, in ms from the beginning of the file. */
  atMs: number;
  /** How long it is heard, in ms: 0 for a picture and what is skipped. */
  durationMs: number;
}

/** What an airing needs from the tuner. */
export interface AiringOptions {
  opener: FileOpener;
  gateways: string[];
  /** The station's name among peers. */
  station?: string;
  clock: Clock;
  /** How far the station's clock is ahead of the machine's, in ms. */
  offsetMs(): number;
  /** Called whenever there is something new: a packet, an end, a failure. */
  onChange(): void;
  /** How bytes become packets. */
  openTrack: typeof openTrack;
}

/** Assumed until the media say otherwise: 128 kbit/s. */
const DEFAULT_BYTES_PER_SECOND = 16_000;

/** One item on its way to a mount. */
export class Airing {
  /** Where it was on the clock when it was opened. */
  readonly slot: ItemSlot;
  readonly #options: AiringOptions;
  readonly #neededAtMs: number;
  readonly #abort = new AbortController();
  #state: AiringState = { kind: "opening" };
  #info: TrackInfo | undefined;
  #file: SwarmFile | undefined;
  #reading: AbortController | undefined;
  #queue: TimedPacket[] = [];
  #wake: (() => void) | undefined;
  #offset = 0;
  #readMs = 0;
  #pauseMs = AIRING_RETRY_MS;

  /**
   * Begins to open the file. Reading starts with {@linkcode Airing.seek}.
   *
   * @param slot where it is on the clock
   * @param fromMs where in the file reading will start, in ms
   * @param neededAtMs when that place is sent to players, by the station's clock
   * @param options what it works with
   */
  constructor(
    slot: ItemSlot,
    fromMs: number,
    neededAtMs: number,
    options: AiringOptions,
  ) {
    this.slot = slot;
    this.#options = options;
    this.#neededAtMs = neededAtMs;
    void this.#open(fromMs, neededAtMs);
  }

  /** Where it is. */
  get state(): AiringState {
    return this.#state;
  }

  /** What the media say of themselves; undefined until they were read. */
  get info(): TrackInfo | undefined {
    return this.#info;
  }

  /** How much of the file is here; undefined before it is open. */
  get progress(): { bytesHeld: number; bytes: number } | undefined {
    return this.#file?.progress();
  }

  /** How long something of it takes that is asked of other listeners now, in ms; 0 where there are none. */
  get waitMs(): number {
    return this.#file?.waitMs() ?? 0;
  }

  /** Whether reading was started and has not failed. */
  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /** The next packet, left where it is. */
  peek(): TimedPacket | undefined {
    return this.#queue[0];
  }

  /** Removes the next packet. */
  take(): TimedPacket | undefined {
    const next = this.#queue.shift();
    this.#wake?.();
    return next;
  }

  /**
   * Reads from a place on; what was read before is dropped. Nothing happens
   * while there is no open file: ask again when the state is "open".
   *
   * @param fromMs in ms from the beginning of the file
   */
  seek(fromMs: number): void {
    const file = this.#file;
    if (file === undefined || this.#abort.signal.aborted) return;
    this.#stopReading();
    this.#queue = [];
    this.#reading = new AbortController();
    void this.#read(file, fromMs, this.#reading.signal);
  }

  /** Place in the file, in ms, of the packet that will be read next. */
  get readMs(): number {
    return this.#readMs;
  }

  /**
   * Tells the swarm where the file is being played.
   *
   * @param atMs when the next byte to read is sent to players, by the station's clock
   */
  setPlayhead(atMs: number): void {
    const file = this.#file;
    if (file === undefined) return;
    file.setPlayhead({
      offset: this.#offset,
      atMs: atMs - this.#options.offsetMs(),
      bytesPerSecond: this.#bytesPerSecond(file),
    });
  }

  #bytesPerSecond(file: SwarmFile): number {
    const { durationMs } = this.slot.item;
    if (durationMs !== undefined) return file.size * 1000 / durationMs;
    const bitrate = this.#info?.bitrate ?? 0;
    return bitrate === 0 ? DEFAULT_BYTES_PER_SECOND : bitrate / 8;
  }

  /** Its packets can be used by nobody: gives the file back, for good. */
  refuse(error: AlluviumError): void {
    this.close();
    this.#become({ kind: "refused", error });
  }

  /** The airing is over; nothing runs on. */
  close(): void {
    this.#abort.abort();
    this.#queue = [];
    this.#drop();
  }

  #stopReading(): void {
    this.#reading?.abort();
    this.#reading = undefined;
    this.#wake?.();
  }

  #drop(): void {
    this.#stopReading();
    this.#file?.close();
    this.#file = undefined;
  }

  async #open(fromMs: number, neededAtMs: number): Promise<void> {
    const { item } = this.slot;
    const { opener, gateways, station, clock, offsetMs } = this.#options;
    const share = item.durationMs ? fromMs / item.durationMs : 0;
    try {
      const file = await opener.open(item, {
        gateways,
        ...(station === undefined ? {} : { station }),
        startMs: Math.max(neededAtMs - offsetMs(), clock.now()),
        fromFraction: Math.min(1, Math.max(0, share)),
        signal: this.#abort.signal,
      });
      if (this.#abort.signal.aborted) return file.close();
      this.#file = file;
      this.#become({ kind: "open" });
    } catch (thrown) {
      this.#fail(thrown, fromMs);
    }
  }

  async #read(
    file: SwarmFile,
    fromMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    this.#readMs = fromMs;
    try {
      const track = await this.#track(file, fromMs, signal);
      this.#readMs = track.startMs;
      this.#info = track.info;
      this.#become({ kind: "playing" });
      let skip = track.info.preSkipSamples ?? 0;
      for await (const packet of track.packets) {
        if (signal.aborted) return;
        if (packet.restart) skip = packet.restart.preSkipSamples ?? 0;
        const heard = heardSamples(packet, skip);
        skip = Math.max(0, skip - packet.durationSamples);
        const durationMs = heard * 1000 / track.info.sampleRate;
        this.#queue.push({ packet, atMs: this.#readMs, durationMs });
        this.#readMs += durationMs;
        this.#options.onChange();
        await this.#room(signal);
      }
      if (signal.aborted) return;
      this.#become({ kind: "ended" });
    } catch (thrown) {
      if (!signal.aborted) this.#fail(thrown, this.#readMs);
    }
  }

  async #track(file: SwarmFile, fromMs: number, signal: AbortSignal) {
    const { type } = this.slot.item;
    const track = await this.#options.openTrack(
      this.#watched(file),
      { startMs: fromMs, signal, ...(type === undefined ? {} : { type }) },
    );
    if (signal.aborted) await track.packets.cancel();
    signal.throwIfAborted();
    return track;
  }

  /** Waits until the queue has room. */
  async #room(signal: AbortSignal): Promise<void> {
    while (this.#queue.length >= AIRING_QUEUE_PACKETS && !signal.aborted) {
      await new Promise<void>((resolve) => void (this.#wake = resolve));
    }
  }

  /** The file, with the end of the latest read kept for the playhead. */
  #watched(file: SwarmFile): RandomAccess {
    return {
      size: file.size,
      read: async (offset, length, signal) => {
        this.#offset = offset;
        const bytes = await file.read(offset, length, signal);
        this.#offset = offset + bytes.length;
        return bytes;
      },
    };
  }

  #become(state: AiringState): void {
    this.#state = state;
    this.#options.onChange();
  }

  #fail(thrown: unknown, atMs: number): void {
    if (this.#abort.signal.aborted) return;
    const error = toAlluviumError(thrown, "media-unreachable");
    this.#drop();
    this.#become({ kind: "waiting", error });
    void this.#again(atMs);
  }

  async #again(fromMs: number): Promise<void> {
    const { clock } = this.#options;
    try {
      await clock.sleep(this.#nextPauseMs(), this.#abort.signal);
    } catch {
      return; // Closed meanwhile.
    }
    await this.#open(fromMs, this.#neededAtMs);
  }

  /** Pauses grow; they begin anew when it is nearly time for the file. */
  #nextPauseMs(): number {
    const { clock, offsetMs } = this.#options;
    const pauseMs = this.#pauseMs;
    const timeMs = this.#neededAtMs - TRACK_AHEAD_MS - clock.now() -
      offsetMs();
    if (timeMs > 0 && timeMs <= pauseMs) {
      this.#pauseMs = AIRING_RETRY_MS;
      return timeMs;
    }
    this.#pauseMs = Math.min(pauseMs * 2, AIRING_RETRY_MS_MAX);
    return pauseMs;
  }
}

/** Samples of a packet that are heard, when so many are to be skipped before. */
function heardSamples(packet: Packet, skip: number): number {
  const { durationSamples, trimEndSamples = 0 } = packet;
  return Math.max(0, durationSamples - skip - trimEndSamples);
}
