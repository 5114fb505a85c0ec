/**
 * What every container of films does with the sound and pictures it finds: leaves
 * out what lies before the time asked for, and puts the rest in one row.
 *
 * A start in the middle begins with the sound of that time and the pictures from
 * the next key picture on, so that nothing is waited for that is not played.
 *
 * @module
 */
import type { Packet, TrackInfo } from "../packet.ts";
import type { PacketParser } from "../packet_stream.ts";
import type { Pictures } from "./pictures.ts";
import {
  LAST_PICTURE_MS,
  SILENT_GAP_MS_MAX,
  SilentSound,
} from "./silent_sound.ts";
import type { Sound } from "./sound.ts";
import { SoundGaps } from "./sound_gaps.ts";
import { type TimedPicture, Weaver } from "./weaver.ts";

/** Opus settles within 80 ms (RFC 7845, 4.6); they are decoded and not heard. */
const OPUS_PREROLL_MS = 80;

/** Pictures so far ahead of the sound show that it has a hole, in ms: more than containers let it lag. */
const GAP_SURE_MS = 5000;

/** A parser that knows when its sound begins. */
export interface FilmParser extends PacketParser {
  /** The row it fills. */
  readonly row: FilmRow;
}

/** What goes into a row. */
export interface FilmTracks {
  /** As the file has it; or what stands for it where it has none. */
  sound: Sound | SilentSound;
  /** What goes with it, if anything. */
  pictures?: Pictures;
}

/** One row of packets. */
export class FilmRow {
  /** The tracks it is made of. */
  readonly tracks: FilmTracks;
  readonly #fromMs: number;
  readonly #weaver: Weaver;
  readonly #isSought: boolean;
  #firstMs: number | undefined;
  #hasKey = false;
  /** Where silence ends that stands for sound. */
  #silentMs: number | undefined;
  readonly #gaps: SoundGaps | undefined;
  #lastShowMs = 0;

  /**
   * @param fromMs by the file's own clock; its beginning where absent
   * @param originMs what the file calls its beginning, where that is known
   */
  constructor(tracks: FilmTracks, fromMs?: number, originMs?: number) {
    this.tracks = tracks;
    if (tracks.pictures && !(tracks.sound instanceof SilentSound)) {
      this.#gaps = new SoundGaps(tracks.sound.info);
      const beginMs = fromMs ?? originMs;
      if (beginMs !== undefined) this.#gaps.passed(beginMs);
    }
    this.#isSought = fromMs !== undefined;
    this.#fromMs = fromMs ?? -Infinity;
    this.#weaver = new Weaver(
      tracks.pictures !== undefined && !this.#isSought,
    );
  }

  /** Where the sound begins, by the file's own clock; undefined before any was added. */
  get firstMs(): number | undefined {
    return this.#firstMs;
  }

  /** Whether sound that ends at a time is part of the row. */
  wantsSound(endMs: number): boolean {
    const isOpus = this.tracks.sound.info.codec === "opus";
    return endMs > this.#fromMs - (isOpus ? OPUS_PREROLL_MS : 0);
  }

  /** Whether a picture is: the first one is a key picture of that time or later. */
  wantsPicture(key: boolean, showMs: number): boolean {
    return this.#hasKey || (key && showMs >= this.#fromMs);
  }

  /**
   * Adds a packet of sound as it stands in the file.
   *
   * @param trimEndMs what is not heard of its end
   * @returns when it ends; undefined for what is no packet
   */
  addSound(data: Uint8Array, atMs: number, trimEndMs = 0): number | undefined {
    const { sound } = this.tracks;
    if (sound instanceof SilentSound) return undefined;
    const taken = sound.packet(data);
    if (taken === undefined) return undefined;
    const { sampleRate, codec } = sound.info;
    const endMs = atMs + taken.samples * 1000 / sampleRate;
    if (!this.wantsSound(endMs)) return endMs;
    this.#bridge(atMs);
    this.#gaps?.passed(endMs);
    this.#firstMs ??= atMs;
    const packet: Packet = {
      data: taken.data,
      durationSamples: taken.samples,
    };
    const trim = Math.round(trimEndMs / 1000 * sampleRate);
    const isExact = codec === "opus" || codec === "vorbis";
    if (isExact && trim > 0 && trim < taken.samples) {
      packet.trimEndSamples = trim;
    }
    this.#weaver.addSound({ packet, atMs, endMs });
    return endMs;
  }

  /** Says that a picture was found whose times are not known yet. */
  awaitPicture(): void {
    this.#weaver.awaitPicture();
  }

  /** Adds a picture, its bytes as a mount takes them. */
  addPicture(picture: TimedPicture): void {
    if (!this.wantsPicture(picture.key, picture.showMs)) return;
    this.#hasKey = true;
    this.#lastShowMs = Math.max(this.#lastShowMs, picture.showMs);
    this.#fill(picture.decodeMs);
    this.#bridge(picture.decodeMs - GAP_SURE_MS);
    if (picture.data.length > 0) this.#weaver.addPicture(picture);
  }

  /** Silence where the sound has a hole up to a time. */
  #bridge(untilMs: number): void {
    for (const silence of this.#gaps?.fill(untilMs) ?? []) {
      this.#firstMs ??= silence.atMs;
      this.#weaver.addSound(silence);
    }
  }

  /** Makes silence up to a time, where it stands for sound. */
  #fill(untilMs: number): void {
    const { sound } = this.tracks;
    if (!(sound instanceof SilentSound)) return;
    let atMs = this.#silentMs ??
      (this.#isSought ? this.#fromMs : untilMs);
    if (untilMs - atMs > SILENT_GAP_MS_MAX) atMs = untilMs;
    this.#firstMs ??= atMs;
    while (atMs <= untilMs) {
      const silence = sound.at(atMs);
      this.#weaver.addSound(silence);
      atMs = silence.endMs;
    }
    this.#silentMs = atMs;
  }

  /** The packets whose place is known. */
  take(): Packet[] {
    return this.#weaver.take();
  }

  /** The rest. */
  finish(): Packet[] {
    if (this.#hasKey) {
      this.#fill(this.#lastShowMs + LAST_PICTURE_MS);
      this.#bridge(this.#lastShowMs + LAST_PICTURE_MS);
    }
    return this.#weaver.finish();
  }

  /**
   * The parameters of the track, and where it begins to sound.
   *
   * @param startMs the time asked for
   * @param originMs what the file calls its beginning
   */
  describe(
    startMs: number,
    originMs: number,
  ): { info: TrackInfo; startMs: number } {
    const { sound, pictures } = this.tracks;
    const info: TrackInfo = {
      ...sound.info,
      ...(pictures && { video: pictures.info }),
    };
    if (!this.#isSought || this.#firstMs === undefined) {
      return { info, startMs };
    }
    const atMs = this.#firstMs - originMs;
    if (info.codec !== "opus") return { info, startMs: Math.max(0, atMs) };
    const preSkipSamples = Math.max(0, Math.round((startMs - atMs) * 48));
    return { info: { ...info, preSkipSamples }, startMs };
  }
}
