/**
 * One track of sound, read packet by packet from a time on.
 *
 * @module
 */
import type {
  EncodedPacket,
  EncodedPacketSink,
  InputAudioTrack,
} from "mediabunny";
import type { TrackInfo } from "../packet.ts";
import type { BunnyFile } from "./input.ts";
import type { Timed } from "../film/weaver.ts";
import { describeSound, type Sound } from "../film/sound.ts";
import { descriptionOf, soundCodec } from "./names.ts";

/** Opus settles within 80 ms (RFC 7845, 4.6); they are decoded and not heard. */
const OPUS_PREROLL_MS = 80;
/** Packets in a row that make no sense before the track has ended. */
const BAD_PACKETS_MAX = 1000;

/** Sound from a time on. */
export class SoundReader {
  /** Its parameters. */
  readonly info: TrackInfo;
  /** Where it begins to sound, in ms from the beginning of the file. */
  readonly startMs: number;
  /** What the file calls its beginning, in ms. */
  readonly originMs: number;
  readonly #file: BunnyFile;
  readonly #sink: EncodedPacketSink;
  readonly #sound: Sound;
  #at: EncodedPacket | null;

  private constructor(
    file: BunnyFile,
    sink: EncodedPacketSink,
    sound: Sound,
    place: Place,
  ) {
    this.#file = file;
    this.#sink = sink;
    this.#sound = sound;
    this.#at = place.packet;
    this.originMs = place.originMs;
    this.startMs = place.startMs;
    this.info = {
      ...sound.info,
      ...(place.durationMs !== undefined && {
        durationSamples: Math.round(
          place.durationMs / 1000 * sound.info.sampleRate,
        ),
      }),
      ...(place.preSkipSamples !== undefined &&
        { preSkipSamples: place.preSkipSamples }),
    };
  }

  /** Opens a track; `undefined` when no mount can carry it, or it is empty. */
  static async open(
    file: BunnyFile,
    track: InputAudioTrack,
    startMs: number,
  ): Promise<SoundReader | undefined> {
    const codec = soundCodec(await file.ask(() => track.getCodec()));
    if (codec === undefined) return undefined;
    const sink = new file.bunny.EncodedPacketSink(track);
    const first = await file.ask(() => sink.getFirstPacket());
    if (first === null) return undefined;
    const config = await file.ask(() => track.getDecoderConfig());
    const sound = describeSound(codec, {
      description: descriptionOf(config),
      first: first.data,
    });
    if (sound === undefined) return undefined;
    const end = await file.ask(() => track.getDurationFromMetadata());
    const origin = end === null
      ? first.timestamp
      : Math.max(0, first.timestamp);
    const place: Place = {
      packet: first,
      originMs: origin * 1000,
      startMs: 0,
      durationMs: end === null ? undefined : (end - origin) * 1000,
    };
    if (startMs > 0) await seek(file, sink, sound, place, startMs);
    return new SoundReader(file, sink, sound, place);
  }

  /** The next packet, or `undefined` at the end. */
  async next(): Promise<Timed | undefined> {
    for (let bad = 0; bad < BAD_PACKETS_MAX && this.#at !== null; bad++) {
      const found = this.#at;
      const taken = this.#sound.packet(found.data);
      this.#at = await this.#file.ask(() => this.#sink.getNextPacket(found));
      if (taken === undefined) continue;
      const atMs = found.timestamp * 1000;
      const lengthMs = taken.samples * 1000 / this.info.sampleRate;
      return {
        atMs,
        endMs: atMs + lengthMs,
        packet: { data: taken.data, durationSamples: taken.samples },
      };
    }
    return undefined;
  }
}

/** Where reading begins. */
interface Place {
  packet: EncodedPacket | null;
  originMs: number;
  startMs: number;
  durationMs: number | undefined;
  preSkipSamples?: number;
}

async function seek(
  file: BunnyFile,
  sink: EncodedPacketSink,
  sound: Sound,
  place: Place,
  startMs: number,
): Promise<void> {
  const { durationMs, originMs } = place;
  if (durationMs !== undefined && startMs >= durationMs) {
    place.packet = null;
    place.startMs = durationMs;
    return;
  }
  const isOpus = sound.info.codec === "opus";
  const readMs = originMs +
    Math.max(0, startMs - (isOpus ? OPUS_PREROLL_MS : 0));
  const packet = await file.ask(() => sink.getPacket(readMs / 1000));
  if (packet === null) return;
  place.packet = packet;
  const atMs = packet.timestamp * 1000 - originMs;
  place.startMs = isOpus ? startMs : Math.max(0, atMs);
  if (!isOpus) return;
  place.preSkipSamples = Math.max(0, Math.round((startMs - atMs) * 48));
}
