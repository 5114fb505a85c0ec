/**
 * Silence where the sound of a film has a hole: it begins after the pictures, ends
 * before them, or was switched off meanwhile. Sound is the clock of every mount, so
 * pictures that stand in a hole would all be shown at its end. Pure.
 *
 * Silence is of the sound's own parameters; Vorbis and FLAC have none that would
 * follow on, and keep their holes.
 *
 * @module
 */
import { SOUND_GAP_MS_MAX, SOUND_GAPS_MS_MAX } from "../../limits.ts";
import { AAC_SAMPLES, parseAacConfig } from "../adts/header.ts";
import { silentAacFrame } from "../adts/silence.ts";
import { parseMp3Header } from "../mp3/header.ts";
import { silentFrame } from "../mp3/silence.ts";
import { oggCodec } from "../ogg/codecs.ts";
import type { Packet, TrackInfo } from "../packet.ts";
import type { Timed } from "./weaver.ts";

/** Less than this is no hole: containers round, and encoders put sound in front. */
const GAP_MS_MIN = 100;

/** Whether pictures at one time and sound at another have a hole between them. */
export function isSoundGap(fromMs: number, toMs: number): boolean {
  return toMs - fromMs >= GAP_MS_MIN && toMs - fromMs <= SOUND_GAP_MS_MAX;
}

/** Whether holes of this sound can be filled. */
export function canBridge({ codec }: TrackInfo): boolean {
  return codec === "aac" || codec === "mp3" || codec === "opus";
}

/** The holes of one track. */
export class SoundGaps {
  readonly #packet: Packet | undefined;
  readonly #packetMs: number;
  #endMs: number | undefined;
  #leftMs = SOUND_GAPS_MS_MAX;

  /** @param info of the sound */
  constructor(info: TrackInfo) {
    this.#packet = canBridge(info) ? silentPacket(info) : undefined;
    const { durationSamples = 0 } = this.#packet ?? {};
    this.#packetMs = durationSamples * 1000 / info.sampleRate;
  }

  /** Up to where there is sound; undefined before {@linkcode SoundGaps.passed}. */
  get endMs(): number | undefined {
    return this.#endMs;
  }

  /** There is sound up to a time, or it is where sound should begin. */
  passed(endMs: number): void {
    this.#endMs = endMs;
  }

  /** Silence up to a time, to the nearest packet; none where there is no hole. */
  fill(untilMs: number): Timed[] {
    const packet = this.#packet;
    const fromMs = this.#endMs;
    if (packet === undefined || fromMs === undefined) return [];
    const gapMs = untilMs - fromMs;
    if (!isSoundGap(fromMs, untilMs) || gapMs > this.#leftMs) return [];
    this.#leftMs -= gapMs;
    const silence: Timed[] = [];
    let atMs = fromMs;
    while (atMs + this.#packetMs / 2 <= untilMs) {
      const endMs = atMs + this.#packetMs;
      silence.push({ packet, atMs, endMs });
      atMs = endMs;
    }
    this.#endMs = atMs;
    return silence;
  }
}

function silentPacket(info: TrackInfo): Packet | undefined {
  if (info.codec === "opus") return oggCodec("opus").silence(info).packet(0);
  if (info.codec === "aac") {
    const config = parseAacConfig(info.headers[0]!);
    return config && {
      data: silentAacFrame(config.channelConfig),
      durationSamples: AAC_SAMPLES,
    };
  }
  const { sampleRate, bitrate } = info;
  const channels = info.channels === 1 ? 1 : 2;
  const data = silentFrame({ sampleRate, channels, bitrate });
  return { data, durationSamples: parseMp3Header(data, 0)!.samples };
}
