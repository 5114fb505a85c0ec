/**
 * Clusters of Matroska or WebM into packets.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import { PictureLine } from "../film/decode_times.ts";
import { toldReorderDepth } from "../film/reorder.ts";
import type { FilmParser, FilmRow } from "../film/film_row.ts";
import type { Packet } from "../packet.ts";
import { BlockReader } from "./block_reader.ts";
import type { FileBlock } from "./blocks.ts";
import type { BlockPlace } from "./locate.ts";
import type { FileTrack } from "./tracks.ts";

/** The longest that the frames of one block play, in ms: eight of 120 ms. */
const BLOCK_MS_MAX = 1000;

/** Which tracks of the file are taken. */
export interface TakenTracks {
  /** Absent where there is none in the file. */
  sound?: FileTrack | undefined;
  film?: FileTrack;
  /** Length of a tick in ms. */
  tickMs: number;
}

/** Reads from a place on. */
export class MatroskaParser implements FilmParser {
  readonly row: FilmRow;
  readonly #tracks: TakenTracks;
  readonly #blocks: BlockReader;
  readonly #line: PictureLine;

  /** @param place of the first byte that is pushed */
  constructor(tracks: TakenTracks, row: FilmRow, place: BlockPlace) {
    this.row = row;
    this.#tracks = tracks;
    const film = row.tracks.pictures?.info;
    this.#line = new PictureLine(
      film === undefined ? 0 : toldReorderDepth(film),
    );
    this.#blocks = new BlockReader(
      (head) => this.#wants(head),
      (block) => this.#take(block),
      place.clusterTicks,
    );
  }

  get skippable(): number {
    return this.#blocks.skippable;
  }

  skip(count: number): void {
    this.#blocks.skip(count);
  }

  push(chunk: Uint8Array): Packet[] {
    this.#blocks.push(chunk);
    return this.row.take();
  }

  finish(): Packet[] {
    this.#blocks.finish();
    for (const picture of this.#line.finish()) this.row.addPicture(picture);
    return this.row.finish();
  }

  #wants({ track, ticks, key }: Omit<FileBlock, "frames">): boolean {
    const { sound, film, tickMs } = this.#tracks;
    const atMs = ticks * tickMs;
    if (track === sound?.number) {
      return this.row.wantsSound(atMs + BLOCK_MS_MAX);
    }
    return track === film?.number &&
      (this.#line.isWaiting || this.row.wantsPicture(key, atMs));
  }

  #take(block: FileBlock): void {
    const { sound, film, tickMs } = this.#tracks;
    const atMs = block.ticks * tickMs;
    if (block.track === sound?.number) this.#sound(block, atMs, sound);
    else if (film !== undefined) this.#pictures(block, atMs, film);
  }

  #sound(
    { frames, paddingNs = 0 }: FileBlock,
    beginMs: number,
    track: FileTrack,
  ): void {
    let atMs = beginMs;
    for (const [i, frame] of frames.entries()) {
      const isLast = i === frames.length - 1;
      const data = whole(frame, track);
      const trimMs = isLast ? Math.max(0, paddingNs / 1e6) : 0;
      atMs = this.row.addSound(data, atMs, trimMs) ?? atMs;
    }
  }

  #pictures(block: FileBlock, showMs: number, film: FileTrack): void {
    const { key, frames } = block;
    const isBegun = this.#line.isWaiting || this.row.wantsPicture(key, showMs);
    if (!isBegun) return;
    this.row.awaitPicture();
    for (const [i, frame] of frames.entries()) {
      const data = this.row.tracks.pictures!.picture(whole(frame, film));
      const picture = {
        data,
        key: key && i === 0,
        showMs: showMs + i * film.pictureMs,
        lengthMs: film.pictureMs,
      };
      for (const timed of this.#line.add(picture)) this.row.addPicture(timed);
    }
  }
}

/** A frame with what was left out of the file in front of it. */
export function whole(frame: Uint8Array, { stripped }: FileTrack): Uint8Array {
  return stripped.length === 0 ? frame : concatBytes([stripped, frame]);
}
