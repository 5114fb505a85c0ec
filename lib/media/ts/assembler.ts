/**
 * Gathers frames and pictures into chunks of MPEG-TS packets on one running
 * clock. The clock is the sound's, counted in samples: it neither drifts nor
 * jumps from item to item.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import { joinAnnexB } from "../film/nal_units.ts";
import type { NowPlaying } from "../mount_writer.ts";
import type { MountChunk, PictureTime } from "../packet.ts";
import type { StreamKind } from "../pairing.ts";
import { SampleClock } from "../sample_clock.ts";
import { writeId3 } from "../tags/write_id3.ts";
import { TsPacketizer } from "./packets.ts";
import { pesPacket } from "./pes.ts";
import { patSection, PIDS, pmtSection } from "./tables.ts";

/** Sound in one PES packet, in ms; each carries the clock, wanted every 100 ms. */
const PES_MS = 70;
/** Play time after which a chunk is complete, in ms. */
const CHUNK_MS = 180;
/** Play time after which the tables come again, in ms. */
const TABLES_MS = 500;
/** First timestamp, and how far the clock runs behind it, in ticks of 90 kHz. */
const FIRST_TICKS = 126_000;
const CLOCK_BEHIND_TICKS = 63_000;
/** How early a picture may be decoded, in ms: less than the clock runs behind. */
const DECODE_EARLY_MS_MAX = 600;

const NOTHING = new Uint8Array(0);

/** Builds chunks. */
export class TsAssembler {
  readonly #kind: StreamKind;
  readonly #clock: SampleClock;
  readonly #pat = new TsPacketizer(PIDS.pat);
  readonly #pmt = new TsPacketizer(PIDS.pmt);
  readonly #video = new TsPacketizer(PIDS.video);
  readonly #audio = new TsPacketizer(PIDS.sound);
  readonly #titles = new TsPacketizer(PIDS.titles);
  readonly #delimiter: Uint8Array;
  #rate: number;
  #frames: Uint8Array[] = [];
  #frameSamples = 0;
  #parts: Uint8Array[] = [];
  #partSamples = 0;
  #isStart = false;
  #tablesMs = -Infinity;
  #hadKey = false;
  #lastDts = -Infinity;
  #title: { playing: NowPlaying; text: string; isChange: boolean } | undefined;

  /** @param rate samples per second before the first item */
  constructor(kind: StreamKind, rate: number) {
    this.#kind = kind;
    this.#rate = rate;
    this.#clock = new SampleClock(rate);
    this.#delimiter = kind.video === "hevc"
      ? new Uint8Array([0, 0, 0, 1, 0x46, 1, 0x50])
      : new Uint8Array([0, 0, 0, 1, 9, 0xf0]);
  }

  /** Play time of what has not come out as a chunk, in ms. */
  get heldMs(): number {
    return (this.#frameSamples + this.#partSamples) * 1000 / this.#rate;
  }

  /** Counts on at another rate; nothing may be held. */
  setRate(rate: number): void {
    this.#rate = rate;
    this.#clock.setRate(rate);
  }

  /** What is on from the next chunk on. */
  tell(playing: NowPlaying, text: string, isChange: boolean): void {
    this.#title = { playing, text, isChange };
  }

  /** Adds a frame of sound. */
  addSound(frame: Uint8Array, samples: number): MountChunk[] {
    this.#frames.push(frame);
    this.#frameSamples += samples;
    const pesMs = this.#frameSamples * 1000 / this.#rate;
    if (pesMs >= PES_MS) this.#flushSound();
    return this.heldMs >= CHUNK_MS && this.#frames.length === 0
      ? this.#flushChunk()
      : [];
  }

  /** Adds a picture, the parameter sets in front of a key picture. */
  addPicture(
    data: Uint8Array,
    { key, showMs, decodeMs }: PictureTime,
    headers: readonly Uint8Array[],
  ): MountChunk[] {
    const chunks = key ? this.flush() : [];
    const nowMs = this.#nowMs;
    this.#openChunk(key);
    if (key) this.#hadKey = true;
    const early = Math.max(decodeMs, -DECODE_EARLY_MS_MAX);
    const dts = Math.max(ticks(nowMs + early), this.#lastDts + 1);
    const pts = Math.max(ticks(nowMs + showMs), dts);
    this.#lastDts = dts;
    const sets = key ? joinAnnexB(headers) : NOTHING;
    const pes = pesPacket(
      { streamId: 0xe0, pts, dts },
      concatBytes([this.#delimiter, sets, data]),
    );
    this.#parts.push(this.#video.packets(pes, { randomAccess: key }));
    return chunks;
  }

  /** All that is held. */
  flush(): MountChunk[] {
    this.#flushSound();
    return this.#flushChunk();
  }

  get #nowMs(): number {
    return this.#clock.ms + this.heldMs;
  }

  #flushSound(): void {
    if (this.#frames.length === 0) return;
    const beginMs = this.#clock.ms + this.#partSamples * 1000 / this.#rate;
    this.#openChunk(this.#kind.video === undefined || !this.#hadKey);
    const pts = ticks(beginMs);
    const pes = pesPacket(
      { streamId: 0xc0, pts },
      concatBytes(this.#frames),
    );
    const pcr = pts - CLOCK_BEHIND_TICKS;
    this.#parts.push(this.#audio.packets(pes, { pcr, randomAccess: true }));
    this.#partSamples += this.#frameSamples;
    this.#frames = [];
    this.#frameSamples = 0;
  }

  /** Begins a chunk, where none is open, with what it must begin with. */
  #openChunk(isStart: boolean): void {
    if (this.#parts.length > 0) return;
    this.#isStart = isStart;
    const nowMs = this.#clock.ms;
    if (isStart || nowMs - this.#tablesMs >= TABLES_MS) {
      this.#tablesMs = nowMs;
      this.#parts.push(
        this.#pat.packets(patSection()),
        this.#pmt.packets(pmtSection(this.#kind, this.#rate)),
      );
    }
    // Players that begin here know no time before the first sound otherwise.
    if (isStart && this.#kind.video !== undefined) {
      this.#parts.push(this.#audio.clock(ticks(nowMs) - CLOCK_BEHIND_TICKS));
    }
    if (this.#title === undefined) return;
    const pes = pesPacket(
      { streamId: 0xbd, pts: ticks(nowMs) },
      writeId3(this.#title.playing),
    );
    this.#parts.push(this.#titles.packets(pes));
  }

  #flushChunk(): MountChunk[] {
    if (this.#parts.length === 0) return [];
    const chunk: MountChunk = {
      data: concatBytes(this.#parts),
      durationMs: this.#clock.advance(this.#partSamples),
    };
    if (this.#isStart) chunk.header = NOTHING;
    if (this.#title !== undefined) {
      chunk.title = this.#title.text;
      if (this.#title.isChange) chunk.changed = true;
    }
    this.#title = undefined;
    this.#parts = [];
    this.#partSamples = 0;
    return [chunk];
  }
}

function ticks(ms: number): number {
  return Math.round(ms * 90) + FIRST_TICKS;
}
