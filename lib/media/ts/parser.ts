/**
 * MPEG-TS packets into packets of sound and pictures.
 *
 * @module
 */
import type { FilmParser, FilmRow } from "../film/film_row.ts";
import { isDelimiter, isKeyUnit } from "../film/nal_units.ts";
import { joinAnnexB, splitAnnexB } from "../film/nal_units.ts";
import type { Packet } from "../packet.ts";
import { TsClock } from "./clock.ts";
import { TsDemuxer } from "./demuxer.ts";
import { FrameCutter } from "./frame_cutter.ts";
import type { PesUnit } from "./pes_reader.ts";
import type { TsStream } from "./read_tables.ts";

/** Which streams of the file are taken. */
export interface TakenStreams {
  /** Absent where there is none in the file. */
  sound?: TsStream & { codec: "aac" | "mp3" };
  film?: TsStream & { codec: "h264" | "hevc" };
}

/** Reads from a packet on. */
export class TsParser implements FilmParser {
  readonly row: FilmRow;
  readonly skippable = 0;
  readonly #streams: TakenStreams;
  readonly #demuxer: TsDemuxer;
  readonly #cutter: FrameCutter | undefined;
  readonly #clock: TsClock;

  /** @param nearMs a time near the first one, by the file's own clock */
  constructor(streams: TakenStreams, row: FilmRow, nearMs: number) {
    const { sound, film } = streams;
    this.row = row;
    this.#streams = streams;
    this.#clock = new TsClock(nearMs);
    this.#cutter = sound && new FrameCutter(sound.codec);
    this.#demuxer = new TsDemuxer(
      ({ pid }, unit) => this.#unit(pid, unit),
      [sound, film].filter((stream) => stream !== undefined),
    );
  }

  skip(): void {}

  push(chunk: Uint8Array): Packet[] {
    this.#demuxer.push(chunk);
    return this.row.take();
  }

  finish(): Packet[] {
    this.#demuxer.finish();
    for (const { data, atMs } of this.#cutter?.finish() ?? []) {
      this.row.addSound(data, atMs);
    }
    return this.row.finish();
  }

  #unit(pid: number, unit: PesUnit): void {
    const { film, sound } = this.#streams;
    if (pid === film?.pid) return this.#picture(unit, film.codec);
    if (pid !== sound?.pid || this.#cutter === undefined) return;
    const atMs = unit.pts === undefined ? undefined : this.#clock.ms(unit.pts);
    for (const frame of this.#cutter.push(unit.data, atMs)) {
      this.row.addSound(frame.data, frame.atMs);
    }
  }

  #picture(unit: PesUnit, codec: "h264" | "hevc"): void {
    const { pts, dts = pts, data, isDamaged } = unit;
    if (pts === undefined || dts === undefined || isDamaged) return;
    const units = splitAnnexB(data);
    this.row.addPicture({
      data: joinAnnexB(units.filter((x) => !isDelimiter(codec, x))),
      key: units.some((x) => isKeyUnit(codec, x)),
      decodeMs: this.#clock.ms(dts),
      showMs: this.#clock.ms(pts),
    });
  }
}
