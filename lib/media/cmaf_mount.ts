/**
 * The CMAF mount: fragments of MP4 on one running clock, for HLS. It takes what
 * MPEG-TS cannot carry: Opus and FLAC, VP9 and AV1, and HEVC as Apple's players
 * want it.
 *
 * A decoder is told anew only where its parameters differ from those before; such
 * a fragment is a change. Everything else runs on without a joint; what an Opus
 * item has too much at its ends is left out by whole packets.
 *
 * @module
 */
import { SILENCE_MS_MAX } from "../limits.ts";
import { DEFAULT_AAC } from "./adts_mount.ts";
import { AAC_SAMPLES, parseAacConfig, writeAacConfig } from "./adts/header.ts";
import { silentAacFrame } from "./adts/silence.ts";
import { CmafAssembler } from "./cmaf/assembler.ts";
import { initSegment, type PictureTrack } from "./cmaf/init.ts";
import { pictureEntry } from "./cmaf/picture_entry.ts";
import {
  isParameterSet,
  joinLengths,
  type NalCodec,
  splitAnnexB,
} from "./film/nal_units.ts";
import { STILL_TIME, StillPicture } from "./film/still.ts";
import {
  displayTitle,
  type MountWriter,
  type NowPlaying,
  tagsOf,
} from "./mount_writer.ts";
import { oggCodec } from "./ogg/codecs.ts";
import type {
  MountChunk,
  Packet,
  PictureTime,
  TrackInfo,
  VideoInfo,
} from "./packet.ts";
import { fitsCmaf, isSameKind, kindOf, type StreamKind } from "./pairing.ts";
import { isSameBytes } from "./same_stream.ts";
import { SpareSamples } from "./webm/spare.ts";

/** Endless silence of a mount. */
interface Silence {
  info: TrackInfo;
  packet(index: number): Packet;
}

/** Writes the segments of HLS that are no MPEG-TS. */
export class CmafMountWriter implements MountWriter {
  readonly contentType: string;
  readonly extension = "mp4";
  readonly hls = "only";
  readonly #kind: StreamKind;
  readonly #out: CmafAssembler;
  readonly #still = new StillPicture();
  readonly #spare = new SpareSamples();
  #state: "closed" | "item" | "silence" = "closed";
  /** What fixed the mount: the first item. */
  #fixed: TrackInfo | undefined;
  #info: TrackInfo;
  #film: PictureTrack | undefined;
  #init: Uint8Array | undefined;
  #sentInit: Uint8Array | undefined;
  #waitsForKey = true;
  #silence: { source: Silence; packets: number } | undefined;

  /**
   * An empty mount.
   *
   * @throws RangeError when CMAF does not carry the kind
   */
  constructor(kind: StreamKind) {
    if (!fitsCmaf(kind)) {
      throw new RangeError(
        `Cannot put ${kind.codec} and ${kind.video ?? "no pictures"} into CMAF`,
      );
    }
    this.#kind = kind;
    this.contentType = kind.video === undefined ? "audio/mp4" : "video/mp4";
    this.#info = silenceOf(kind).info;
    this.#out = new CmafAssembler(
      this.#info.sampleRate,
      kind.video !== undefined,
      () => this.#context(),
    );
  }

  get heldMs(): number {
    return this.#out.heldMs;
  }

  accepts(info: TrackInfo): boolean {
    if (!isSameKind(kindOf(info), this.#kind)) return false;
    if (info.codec === "aac" && !parseAacConfig(info.headers[0]!)) return false;
    if (info.video !== undefined && !isDescribed(info.video)) return false;
    const first = this.#fixed;
    return first === undefined ||
      (info.sampleRate === first.sampleRate &&
        info.channels === first.channels);
  }

  begin(info: TrackInfo, playing?: NowPlaying): MountChunk[] {
    if (!this.accepts(info)) {
      throw new RangeError(
        `Cannot begin an item of ${info.codec}, ${info.sampleRate} Hz, ` +
          `${info.channels} channels on this CMAF mount`,
      );
    }
    const chunks = this.end();
    this.#fixed ??= info;
    this.#info = info;
    this.#init = undefined;
    this.#silence = undefined;
    this.#state = "item";
    this.#waitsForKey = true;
    this.#still.forget();
    this.#out.setRate(info.sampleRate);
    // A segment of a longer recording is decoded on from the one before it.
    const isPart = (info.positionSamples ?? 0) > 0;
    this.#spare.begin(isPart ? 0 : info.preSkipSamples ?? 0);
    this.#tell(playing ?? tagsOf(info));
    return chunks;
  }

  write(packet: Packet): MountChunk[] {
    if (this.#state !== "item") {
      throw new RangeError("Cannot write a packet: no item was begun");
    }
    const { data, picture, restart, durationSamples } = packet;
    if (picture !== undefined) return this.#picture(data, picture);
    if (restart !== undefined) this.#spare.begin(restart.preSkipSamples ?? 0);
    if (this.#spare.leavesOut(packet)) return [];
    return this.#out.addSound(data, durationSamples);
  }

  end(): MountChunk[] {
    this.#state = "closed";
    return this.#out.flush();
  }

  silence(durationMs: number, playing?: NowPlaying): MountChunk[] {
    if (!(durationMs >= 0 && durationMs <= SILENCE_MS_MAX)) {
      throw new RangeError(`Cannot make ${durationMs} ms of silence`);
    }
    const chunks = this.#beginSilence(playing ?? { title: "" });
    const silence = this.#silence!;
    const { sampleRate } = silence.source.info;
    for (let madeMs = 0; madeMs < durationMs;) {
      const packet = silence.source.packet(silence.packets++);
      const packetMs = packet.durationSamples * 1000 / sampleRate;
      const still = this.#still.due(packetMs);
      if (still) chunks.push(...this.#out.addPicture(still, STILL_TIME));
      chunks.push(...this.#out.addSound(packet.data, packet.durationSamples));
      madeMs += packetMs;
    }
    return chunks;
  }

  #beginSilence(playing: NowPlaying): MountChunk[] {
    if (this.#state === "silence") return [];
    const chunks = this.end();
    const source = silenceOf(this.#kind, this.#fixed && this.#info);
    this.#state = "silence";
    this.#silence = { source, packets: 0 };
    this.#still.begin();
    this.#tell(playing);
    return chunks;
  }

  #tell(playing: NowPlaying): void {
    this.#out.tell(playing, displayTitle(playing));
  }

  #picture(data: Uint8Array, time: PictureTime): MountChunk[] {
    const { video } = this.#info;
    if (this.#kind.video === undefined || video === undefined) return [];
    if (this.#waitsForKey && !time.key) return [];
    const sample = sampleOf(data, video);
    if (this.#waitsForKey) {
      const entry = pictureEntry(video, data);
      if (entry === undefined) return [];
      this.#film = { video, entry };
      this.#init = undefined;
      this.#waitsForKey = false;
    }
    if (time.key) this.#still.keep(sample);
    return this.#out.addPicture(sample, time);
  }

  #context() {
    this.#init ??= initSegment(this.#info, this.#film);
    const before = this.#sentInit;
    const isSame = before !== undefined && isSameBytes(this.#init, before);
    this.#init = isSame ? before : this.#init;
    this.#sentInit = this.#init;
    return { init: this.#init, isChange: before !== undefined && !isSame };
  }
}

/** Whether a decoder can be told of a film before its first picture is here. */
function isDescribed(video: VideoInfo): boolean {
  const guess = new Uint8Array([0x82]);
  return pictureEntry(video, guess) !== undefined;
}

/** A picture as MP4 holds it: units behind their lengths, without the parameter sets that are told in front. */
function sampleOf(data: Uint8Array, video: VideoInfo): Uint8Array {
  const { codec, headers } = video;
  if (codec !== "h264" && codec !== "hevc") return data;
  const isTold = (unit: Uint8Array, nal: NalCodec) =>
    isParameterSet(nal, unit) && headers.some((x) => isSameBytes(x, unit));
  return joinLengths(
    splitAnnexB(data).filter((unit) => !isTold(unit, codec)),
  );
}

function silenceOf({ codec }: StreamKind, like?: TrackInfo): Silence {
  if (codec !== "aac") return oggCodec(codec).silence(like);
  const config = like === undefined
    ? DEFAULT_AAC
    : parseAacConfig(like.headers[0]!)!;
  const data = silentAacFrame(config.channelConfig);
  return {
    info: like ?? {
      codec,
      sampleRate: config.sampleRate,
      channels: config.channelConfig,
      bitrate: 0,
      headers: [writeAacConfig(config)],
    },
    packet: () => ({ data, durationSamples: AAC_SAMPLES }),
  };
}
