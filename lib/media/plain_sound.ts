/**
 * Sound that travels by frames, MP3 or AAC, as MPEG-TS wants it: whole frames
 * with their own headers, and silent ones to match.
 *
 * @module
 */
import {
  AAC_SAMPLES,
  type AacConfig,
  adtsFrame,
  parseAacConfig,
} from "./adts/header.ts";
import { DEFAULT_AAC } from "./adts_mount.ts";
import { silentAacFrame } from "./adts/silence.ts";
import { parseMp3Header } from "./mp3/header.ts";
import { silentFrame } from "./mp3/silence.ts";
import type { TrackInfo } from "./packet.ts";

/** A silent frame and its samples. */
export interface SilentFrame {
  frame: Uint8Array;
  samples: number;
}

/** Frames of one mount. */
export class PlainSound {
  readonly #codec: "aac" | "mp3";
  #aac: AacConfig = DEFAULT_AAC;
  #mp3 = { sampleRate: 44100, channels: 2 as 1 | 2, bitrate: 128_000 };
  #silence: SilentFrame | undefined;

  constructor(codec: "aac" | "mp3") {
    this.#codec = codec;
  }

  /** Samples per second of the item begun last, or of silence before the first. */
  get sampleRate(): number {
    return this.#codec === "aac" ? this.#aac.sampleRate : this.#mp3.sampleRate;
  }

  /**
   * Whether the item can be carried.
   *
   * @param isFixed whether it must have the same rate and channels as the last
   */
  accepts(info: TrackInfo, isFixed: boolean): boolean {
    if (info.codec !== this.#codec) return false;
    if (this.#codec === "mp3") {
      const fits = info.channels === 1 || info.channels === 2;
      return fits && (!isFixed || (info.sampleRate === this.#mp3.sampleRate &&
        info.channels === this.#mp3.channels));
    }
    const config = parseAacConfig(info.headers[0] ?? new Uint8Array(0));
    if (config === undefined) return false;
    return !isFixed || (config.sampleRate === this.#aac.sampleRate &&
      config.channelConfig === this.#aac.channelConfig);
  }

  /** Takes over the parameters of an item that is accepted. */
  begin(info: TrackInfo): void {
    this.#silence = undefined;
    if (this.#codec === "aac") {
      this.#aac = parseAacConfig(info.headers[0]!)!;
      return;
    }
    this.#mp3 = {
      sampleRate: info.sampleRate,
      channels: info.channels === 1 ? 1 : 2,
      bitrate: info.bitrate,
    };
  }

  /** A packet with its header in front. */
  frame(data: Uint8Array): Uint8Array {
    return this.#codec === "aac" ? adtsFrame(this.#aac, data) : data;
  }

  /** A silent frame, the same one each time. */
  silence(): SilentFrame {
    this.#silence ??= this.#codec === "aac"
      ? {
        frame: adtsFrame(this.#aac, silentAacFrame(this.#aac.channelConfig)),
        samples: AAC_SAMPLES,
      }
      : silentMp3(silentFrame(this.#mp3));
    return this.#silence;
  }
}

function silentMp3(frame: Uint8Array): SilentFrame {
  return { frame, samples: parseMp3Header(frame, 0)!.samples };
}
