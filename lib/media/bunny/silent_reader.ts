/**
 * Silence in place of the sound that a film has not.
 *
 * @module
 */
import type { InputTrack } from "mediabunny";
import {
  LAST_PICTURE_MS,
  SILENT_GAP_MS_MAX,
  SilentSound,
} from "../film/silent_sound.ts";
import type { Timed, TimedPicture } from "../film/weaver.ts";
import type { TrackInfo, VideoCodec } from "../packet.ts";
import type { BunnyFile } from "./input.ts";
import type { Reader } from "./merger.ts";
import { pictureCodec } from "./names.ts";

/** What a film's sound is read from. */
export interface SoundSource extends Reader<Timed> {
  /** Its parameters. */
  readonly info: TrackInfo;
  /** Where it begins to sound, in ms from the beginning of the file. */
  readonly startMs: number;
  /** What the file calls its beginning, in ms. */
  readonly originMs: number;
}

/** Silence from a time on, as long as the film. */
export class SilentReader implements SoundSource {
  readonly info: TrackInfo;
  readonly startMs: number;
  readonly originMs = 0;
  readonly #sound: SilentSound;
  readonly #endMs: number;
  #atMs: number;
  /** When the next picture is decoded; where there is none, when the last one has been seen. */
  #pictureMs = -Infinity;
  #lastShowMs = 0;
  #isOver = false;

  private constructor(video: VideoCodec, startMs: number, endMs: number) {
    this.#sound = new SilentSound(video);
    this.#endMs = endMs;
    this.startMs = Math.min(startMs, endMs);
    this.#atMs = this.startMs;
    const { info } = this.#sound;
    const durationSamples = Math.round(endMs / 1000 * info.sampleRate);
    this.info = { ...info, durationSamples };
  }

  /** For a file without any sound whose film says how long it is; else undefined. */
  static async open(
    file: BunnyFile,
    tracks: readonly InputTrack[],
    startMs: number,
  ): Promise<SilentReader | undefined> {
    if (tracks.some((track) => track.isAudioTrack())) return undefined;
    const film = tracks.find((track) => track.isVideoTrack());
    if (!film?.isVideoTrack()) return undefined;
    const codec = pictureCodec(await file.ask(() => film.getCodec()));
    const end = await file.ask(() => film.getDurationFromMetadata());
    if (codec === undefined || end === null) return undefined;
    return new SilentReader(codec, startMs, end * 1000);
  }

  /** The film, watched: silence lasts as long as it does, whatever its index says. */
  watch(film: Reader<TimedPicture>): Reader<TimedPicture> {
    return {
      next: async () => {
        const picture = await film.next();
        this.#lastShowMs = Math.max(this.#lastShowMs, picture?.showMs ?? 0);
        this.#isOver = picture === undefined;
        this.#pictureMs = picture?.decodeMs ?? this.#lastShowMs;
        return picture;
      },
    };
  }

  next(): Promise<Timed | undefined> {
    const endMs = this.#isOver
      ? this.#lastShowMs + LAST_PICTURE_MS
      : this.#endMs;
    if (this.#atMs >= endMs) return Promise.resolve(undefined);
    const gapMs = this.#pictureMs - this.#atMs;
    if (gapMs > SILENT_GAP_MS_MAX) this.#atMs = this.#pictureMs;
    const silence = this.#sound.at(this.#atMs);
    this.#atMs = silence.endMs;
    return Promise.resolve(silence);
  }
}
