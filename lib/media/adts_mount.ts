/**
 * The AAC mount: ADTS frames one after the other. No container: a listener may
 * start at any chunk.
 *
 * @module
 */
import { SILENCE_MS_MAX } from "../limits.ts";
import {
  AAC_SAMPLES,
  type AacConfig,
  adtsFrame,
  parseAacConfig,
} from "./adts/header.ts";
import { silentAacFrame } from "./adts/silence.ts";
import { concatBytes } from "./bytes.ts";
import {
  displayTitle,
  type MountWriter,
  type NowPlaying,
  tagsOf,
} from "./mount_writer.ts";
import type { MountChunk, Packet, TrackInfo } from "./packet.ts";
import { SampleClock } from "./sample_clock.ts";

/** Play time after which a chunk is complete, in ms: seven frames at 44.1 kHz. */
const CHUNK_MS = 150;

/** Silence before the first item: what most stations send. */
export const DEFAULT_AAC: Readonly<AacConfig> = {
  objectType: 2,
  sampleRate: 44100,
  channelConfig: 2,
};

const NOTHING = new Uint8Array(0);

/** Writes `/stream.aac`. */
export class AdtsMountWriter implements MountWriter {
  readonly contentType = "audio/aac";
  readonly extension = "aac";
  #state: "closed" | "item" | "silence" = "closed";
  #config: AacConfig = DEFAULT_AAC;
  #fixed = false;
  #clock = new SampleClock(DEFAULT_AAC.sampleRate);
  #frames: Uint8Array[] = [];
  #title: string | undefined;

  get heldMs(): number {
    return this.#frames.length * AAC_SAMPLES * 1000 / this.#config.sampleRate;
  }

  accepts(info: TrackInfo): boolean {
    const config = info.codec === "aac" && parseAacConfig(info.headers[0]!);
    if (!config) return false;
    return !this.#fixed || (config.sampleRate === this.#config.sampleRate &&
      config.channelConfig === this.#config.channelConfig);
  }

  begin(info: TrackInfo, playing?: NowPlaying): MountChunk[] {
    if (!this.accepts(info)) {
      throw new RangeError(
        `Cannot begin an item of ${info.codec}, ${info.sampleRate} Hz, ` +
          `${info.channels} channels on this AAC mount`,
      );
    }
    const chunks = this.end();
    this.#config = parseAacConfig(info.headers[0]!)!;
    this.#fixed = true;
    this.#clock.setRate(this.#config.sampleRate);
    this.#state = "item";
    this.#title = displayTitle(playing ?? tagsOf(info));
    return chunks;
  }

  write(packet: Packet): MountChunk[] {
    if (this.#state !== "item") {
      throw new RangeError("Cannot write a packet: no item was begun");
    }
    return packet.picture ? [] : this.#add(packet.data);
  }

  end(): MountChunk[] {
    this.#state = "closed";
    return this.#flush();
  }

  silence(durationMs: number, playing?: NowPlaying): MountChunk[] {
    if (!(durationMs >= 0 && durationMs <= SILENCE_MS_MAX)) {
      throw new RangeError(`Cannot make ${durationMs} ms of silence`);
    }
    const chunks = this.#beginSilence(playing);
    const frame = silentAacFrame(this.#config.channelConfig);
    const frameMs = AAC_SAMPLES * 1000 / this.#config.sampleRate;
    for (let madeMs = 0; madeMs < durationMs; madeMs += frameMs) {
      chunks.push(...this.#add(frame));
    }
    return chunks;
  }

  #beginSilence(playing: NowPlaying | undefined): MountChunk[] {
    if (this.#state === "silence") return [];
    const chunks = this.end();
    this.#state = "silence";
    this.#title = displayTitle(playing ?? { title: "" });
    return chunks;
  }

  #add(frame: Uint8Array): MountChunk[] {
    this.#frames.push(adtsFrame(this.#config, frame));
    return this.heldMs >= CHUNK_MS ? this.#flush() : [];
  }

  #flush(): MountChunk[] {
    if (this.#frames.length === 0) return [];
    const samples = this.#frames.length * AAC_SAMPLES;
    const chunk: MountChunk = {
      data: concatBytes(this.#frames),
      durationMs: this.#clock.advance(samples),
      header: NOTHING,
    };
    if (this.#title !== undefined) chunk.title = this.#title;
    this.#frames = [];
    this.#title = undefined;
    return [chunk];
  }
}
