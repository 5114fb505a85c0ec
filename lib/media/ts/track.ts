/**
 * An MPEG-TS file as a track: the first sound of its first programme that a mount
 * can carry and, where one can carry both, the first film. Read straight through;
 * for a time in the middle a few timestamps lead there.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { FILM_LOOK_BYTES_MAX, MEDIA_GARBAGE_BYTES_MAX } from "../../limits.ts";
import { FilmRow, type FilmTracks } from "../film/film_row.ts";
import { isKeyUnit, splitAnnexB } from "../film/nal_units.ts";
import { describePictures, type Pictures } from "../film/pictures.ts";
import { SilentSound } from "../film/silent_sound.ts";
import { canBridge, isSoundGap } from "../film/sound_gaps.ts";
import type { Sound } from "../film/sound.ts";
import { pictureSize } from "../film/picture_size.ts";
import type { OpenOptions } from "../open.ts";
import type { Track } from "../packet.ts";
import { begin, packetStream, readBlock } from "../packet_stream.ts";
import { canShareMount } from "../pairing.ts";
import type { RandomAccess } from "../random_access.ts";
import { TsClock } from "./clock.ts";
import { TsDemuxer } from "./demuxer.ts";
import { FrameCutter } from "./frame_cutter.ts";
import {
  lastTime,
  locateTs,
  since,
  type TsClockKind,
  type TsTime,
} from "./locate.ts";
import { type TakenStreams, TsParser } from "./parser.ts";
import type { PesUnit } from "./pes_reader.ts";
import type { TsStream } from "./read_tables.ts";

/** Sound of a time stands no farther than this before the place of it, in ms. */
const APART_MS = 100;

/**
 * Opens an MPEG-TS file at a time.
 *
 * @param _start not used
 * @throws AlluviumError `media-rejected` when there is no sound we can play
 * @throws whatever the source throws
 */
export async function openTs(
  source: RandomAccess,
  _start: unknown,
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const { streams, tracks, originMs } = await findTracks(source, signal);
  const first: TsTime = { ms: originMs, offset: 0 };
  const { last, kind } = await endOf(source, { streams, tracks, originMs }, {
    startMs,
    ...(signal && { signal }),
  });
  const durationMs = last && since(first, last);
  const more = durationMs !== undefined && {
    durationSamples: Math.round(
      durationMs / 1000 * tracks.sound.info.sampleRate,
    ),
  };
  if (startMs > 0 && durationMs !== undefined && startMs >= durationMs) {
    const { info } = new FilmRow(tracks).describe(0, 0);
    const packets = ReadableStream.from([]);
    return { info: { ...info, ...more }, startMs: durationMs, packets };
  }
  const fromMs = originMs + startMs;
  const offset = startMs === 0
    ? 0
    : await locateTs(source, first, last, startMs - APART_MS, kind, signal);
  const row = new FilmRow(
    tracks,
    startMs === 0 ? undefined : fromMs,
    originMs,
  );
  const parser = new TsParser(streams, row, fromMs);
  const isKnown = () => startMs === 0 || row.firstMs !== undefined;
  const begun = await begin(source, offset, parser, isKnown, signal);
  const { info, startMs: beginMs } = row.describe(startMs, originMs);
  return {
    info: { ...info, ...more },
    startMs: beginMs,
    packets: packetStream(source, begun, parser, signal),
  };
}

/**
 * Where a file ends, and whose times lead to a place in it: those of the sound, or
 * of the pictures where there is no sound any more.
 */
async function endOf(
  source: RandomAccess,
  { streams, tracks, originMs }: Found,
  { startMs, signal }: { startMs: number; signal?: AbortSignal },
): Promise<{ last: TsTime | undefined; kind: TsClockKind }> {
  if (streams.sound === undefined) {
    return { last: await lastTime(source, "film", signal), kind: "film" };
  }
  const sound = await lastTime(source, "sound", signal);
  const isFilm = streams.film !== undefined && canBridge(tracks.sound.info);
  const film = isFilm ? await lastTime(source, "film", signal) : undefined;
  const first = { ms: originMs, offset: 0 };
  const soundMs = sound && since(first, sound);
  const hasHole = film !== undefined &&
    isSoundGap(soundMs ?? 0, since(first, film));
  if (!hasHole) return { last: sound, kind: "sound" };
  return { last: film, kind: startMs > (soundMs ?? 0) ? "film" : "sound" };
}

/** What the beginning of a file tells. */
interface Found {
  streams: TakenStreams;
  tracks: FilmTracks;
  /** What the file calls the beginning of its sound, or of a film without, in ms. */
  originMs: number;
}

/** Reads until sound and film are known, or there is none of them so far. */
async function findTracks(
  source: RandomAccess,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const finder = new Finder();
  let read = 0;
  for (let at = 0; at < source.size && read < MEDIA_GARBAGE_BYTES_MAX;) {
    const chunk = await readBlock(source, at, signal);
    at += chunk.length;
    read += chunk.length;
    finder.push(chunk);
    if (finder.isDone) break;
    const isLate = read > FILM_LOOK_BYTES_MAX;
    if (isLate && finder.found !== undefined) break;
  }
  finder.finish();
  const { found } = finder;
  if (found !== undefined) return found;
  throw new AlluviumError(
    "media-rejected",
    "Cannot play the file: it is MPEG-TS without any sound in AAC or MP3",
  );
}

/** Looks for the first frame of each sound and the first key picture. */
class Finder {
  readonly #demuxer = new TsDemuxer((stream, unit) => this.#take(stream, unit));
  readonly #clock = new TsClock();
  readonly #cutters = new Map<TsStream, FrameCutter>();
  readonly #sounds = new Map<
    TsStream,
    { sound: Sound | undefined; atMs: number }
  >();
  readonly #films = new Map<TsStream, Pictures>();
  #filmMs: number | undefined;

  push(chunk: Uint8Array): void {
    this.#demuxer.push(chunk);
  }

  finish(): void {
    this.#demuxer.finish();
    for (const [stream, cutter] of this.#cutters) {
      this.#frames(stream, cutter.finish());
    }
  }

  /** Whether more of the file would tell nothing more. */
  get isDone(): boolean {
    const streams = this.#demuxer.streams ?? [];
    const waits = streams.some((x) =>
      isFilm(x) ? !this.#films.has(x) : isSound(x) && !this.#sounds.has(x)
    );
    return this.#demuxer.streams !== undefined && !waits;
  }

  /** The first sound, and the first film that goes with it. */
  get found(): Found | undefined {
    for (const stream of this.#demuxer.streams ?? []) {
      const at = this.#sounds.get(stream);
      if (at?.sound === undefined) continue;
      const { sound, atMs } = at;
      const film = [...this.#films].find(([{ codec }]) =>
        canShareMount(sound.info.codec, codec as "h264")
      );
      return {
        streams: {
          sound: stream as TakenStreams["sound"] & object,
          ...(film && { film: film[0] as TakenStreams["film"] & object }),
        },
        tracks: { sound, ...(film && { pictures: film[1] }) },
        originMs: film && isSoundGap(this.#filmMs ?? atMs, atMs) &&
            canBridge(sound.info)
          ? this.#filmMs!
          : atMs,
      };
    }
    return this.#silent;
  }

  /** A film in a file without any sound. */
  get #silent(): Found | undefined {
    const streams = this.#demuxer.streams ?? [];
    const [film] = this.#films;
    if (film === undefined || !streams.every(isFilm)) return undefined;
    const [stream, pictures] = film;
    return {
      streams: { film: stream as TakenStreams["film"] & object },
      tracks: { sound: new SilentSound(pictures.info.codec), pictures },
      originMs: this.#filmMs ?? 0,
    };
  }

  #take(stream: TsStream, unit: PesUnit): void {
    if (isFilm(stream)) return this.#picture(stream, unit);
    if (this.#sounds.has(stream)) return;
    const cutter = this.#cutters.get(stream) ??
      new FrameCutter(stream.codec as "aac" | "mp3");
    this.#cutters.set(stream, cutter);
    const atMs = unit.pts === undefined ? undefined : this.#clock.ms(unit.pts);
    this.#frames(stream, cutter.push(unit.data, atMs));
  }

  #frames(stream: TsStream, frames: ReturnType<FrameCutter["push"]>): void {
    const [first] = frames;
    if (first === undefined || this.#sounds.has(stream)) return;
    this.#sounds.set(stream, { sound: first.describe(), atMs: first.atMs });
  }

  #picture(stream: TsStream, { data, isDamaged, pts }: PesUnit): void {
    const codec = stream.codec as "h264" | "hevc";
    if (pts !== undefined) this.#filmMs ??= this.#clock.ms(pts);
    if (this.#films.has(stream) || isDamaged) return;
    if (!splitAnnexB(data).some((x) => isKeyUnit(codec, x))) return;
    const given = { description: undefined, firstKey: data };
    const plain = describePictures(codec, { ...given, width: 0, height: 0 });
    const size = pictureSize(codec, plain.info.headers);
    if (size === undefined) return;
    this.#films.set(stream, describePictures(codec, { ...given, ...size }));
  }
}

function isSound({ codec }: TsStream): boolean {
  return codec === "aac" || codec === "mp3";
}

function isFilm({ codec }: TsStream): boolean {
  return codec === "h264" || codec === "hevc";
}
