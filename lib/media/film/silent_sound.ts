/**
 * Silence for a film that has no sound, because sound is the clock of every mount:
 * of the codec that goes with the pictures. Pure.
 *
 * @module
 */
import { DEFAULT_AAC } from "../adts_mount.ts";
import { AAC_SAMPLES, writeAacConfig } from "../adts/header.ts";
import { silentAacFrame } from "../adts/silence.ts";
import { oggCodec } from "../ogg/codecs.ts";
import type { Packet, TrackInfo, VideoCodec } from "../packet.ts";
import type { Timed } from "./weaver.ts";

/** A picture that comes so much later than the one before is of another time: the gap is not filled. */
export const SILENT_GAP_MS_MAX = 60_000;
/** How long the last picture of a film without sound is seen, in ms. */
export const LAST_PICTURE_MS = 40;

/** Silence without end. */
export class SilentSound {
  /** Its parameters. */
  readonly info: TrackInfo;
  readonly #packet: Packet;
  readonly #packetMs: number;

  /** @param video the pictures' codec */
  constructor(video: VideoCodec) {
    if (video === "h264" || video === "hevc") {
      const { channelConfig, sampleRate } = DEFAULT_AAC;
      this.info = {
        codec: "aac",
        sampleRate,
        channels: channelConfig,
        bitrate: 0,
        headers: [writeAacConfig(DEFAULT_AAC)],
      };
      const data = silentAacFrame(channelConfig);
      this.#packet = { data, durationSamples: AAC_SAMPLES };
    } else {
      const silence = oggCodec("opus").silence();
      this.info = silence.info;
      this.#packet = silence.packet(0);
    }
    this.#packetMs = this.#packet.durationSamples * 1000 / this.info.sampleRate;
  }

  /** The packet that begins at a time. */
  at(ms: number): Timed {
    return { packet: this.#packet, atMs: ms, endMs: ms + this.#packetMs };
  }
}
