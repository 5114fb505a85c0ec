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
import { canBridge, isSoundGap } from "../film/sound_gaps.ts";
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
    film?: FilmSpan,
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
    const begin = end === null ? first.timestamp : Math.max(0, first.timestamp);
    const span = {
      fromMs: begin * 1000,
      toMs: end === null ? null : end * 1000,
    };
    const { fromMs, toMs } = film && canBridge(sound.info)
      ? together(span, film)
      : span;
    const place: Place = {
      packet: first,
      originMs: fromMs,
      startMs: 0,
      durationMs: toMs === null ? undefined : toMs - fromMs,
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

/** When something begins and ends by the file's own clock, in ms; null where the file does not say. */
export interface FilmSpan {
  fromMs: number;
  toMs: number | null;
}

/** The span of sound with that of pictures that begin well before it or end well behind it. */
function together(sound: FilmSpan, film: FilmSpan): FilmSpan {
  const isEarly = isSoundGap(film.fromMs, sound.fromMs);
  const isLate = sound.toMs !== null && film.toMs !== null &&
    isSoundGap(sound.toMs, film.toMs);
  return {
    fromMs: isEarly ? film.fromMs : sound.fromMs,
    toMs: isLate ? film.toMs : sound.toMs,
  };
}

/** Where reading begins. */
interface Place {
  packet: EncodedPacket | null;
  originMs: number;
  startMs: number;
  durationMs: number | undefined;
  preSkipSamples?: number;
}

function isInGap({ timestamp, duration }: EncodedPacket, ms: number): boolean {
  return isSoundGap((timestamp + duration) * 1000, ms);
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
  let packet = await file.ask(() => sink.getPacket(readMs / 1000));
  if (packet === null || isInGap(packet, readMs)) {
    // Silence lasts up to the next one.
    const last = packet;
    if (last !== null) packet = await file.ask(() => sink.getNextPacket(last));
    if (last !== null) place.packet = packet;
    place.startMs = startMs;
    return;
  }
  place.packet = packet;
  const atMs = packet.timestamp * 1000 - originMs;
  place.startMs = isOpus ? startMs : Math.max(0, atMs);
  if (!isOpus) return;
  place.preSkipSamples = Math.max(0, Math.round((startMs - atMs) * 48));
}
