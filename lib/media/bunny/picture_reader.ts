/**
 * One film, read picture by picture from a key picture on, with the times at
 * which each is decoded.
 *
 * @module
 */
import type {
  EncodedPacket,
  EncodedPacketSink,
  InputVideoTrack,
} from "mediabunny";
import type { VideoCodec, VideoInfo } from "../packet.ts";
import { DecodeTimes, reorderDepth } from "./decode_times.ts";
import type { BunnyFile } from "./input.ts";
import type { TimedPicture } from "./merger.ts";
import { describePictures, type Pictures } from "./pictures.ts";

/** Pictures looked at for their order: several times the deepest usual one. */
const LOOK_AHEAD = 12;

/** Pictures from a time on. */
export class PictureReader {
  readonly #file: BunnyFile;
  readonly #sink: EncodedPacketSink;
  readonly #pictures: Pictures;
  readonly #times: DecodeTimes;
  #at: EncodedPacket | null;

  private constructor(
    file: BunnyFile,
    sink: EncodedPacketSink,
    pictures: Pictures,
    depth: number,
    first: EncodedPacket | null,
  ) {
    this.#file = file;
    this.#sink = sink;
    this.#pictures = pictures;
    this.#times = new DecodeTimes(depth);
    this.#at = first;
  }

  /** The film's parameters. */
  get info(): VideoInfo {
    return this.#pictures.info;
  }

  /**
   * Opens a film at its first key picture from a time on; `undefined` when it
   * has no picture at all.
   *
   * @param fromMs by the file's own clock; its beginning where absent
   */
  static async open(
    file: BunnyFile,
    track: InputVideoTrack,
    codec: VideoCodec,
    fromMs: number | undefined,
  ): Promise<PictureReader | undefined> {
    const sink = new file.bunny.EncodedPacketSink(track);
    const place = await file.ask(() => findKey(sink, fromMs));
    if (place === null) return undefined;
    const { key, isLater } = place;
    const pictures = await file.ask(() =>
      describePictures(track, codec, key.data)
    );
    const depth = await file.ask(() => depthFrom(sink, key, codec));
    return new PictureReader(file, sink, pictures, depth, isLater ? null : key);
  }

  /** The next picture in decoding order, or `undefined` at the end. */
  async next(): Promise<TimedPicture | undefined> {
    const found = this.#at;
    if (found === null) return undefined;
    this.#at = await this.#file.ask(() => this.#sink.getNextPacket(found));
    const showMs = found.timestamp * 1000;
    return {
      data: this.#pictures.picture(found.data),
      key: found.type === "key",
      showMs,
      decodeMs: this.#times.next(showMs, found.duration * 1000),
    };
  }
}

/** The key picture to start at; `isLater` where the film has none after the time. */
async function findKey(
  sink: EncodedPacketSink,
  fromMs: number | undefined,
): Promise<{ key: EncodedPacket; isLater: boolean } | null> {
  if (fromMs === undefined) {
    const key = await sink.getFirstKeyPacket();
    return key && { key, isLater: false };
  }
  const look = { metadataOnly: true };
  const before = await sink.getKeyPacket(fromMs / 1000, look);
  if (before === null) {
    const key = await sink.getFirstKeyPacket();
    return key && { key, isLater: false };
  }
  if (before.timestamp * 1000 < fromMs) {
    const after = await sink.getNextKeyPacket(before, look);
    if (after !== null) {
      const key = await sink.getKeyPacket(after.timestamp);
      return key && { key, isLater: false };
    }
  }
  const key = await sink.getKeyPacket(before.timestamp);
  return key && { key, isLater: before.timestamp * 1000 < fromMs };
}

async function depthFrom(
  sink: EncodedPacketSink,
  key: EncodedPacket,
  codec: VideoCodec,
): Promise<number> {
  if (codec !== "h264" && codec !== "hevc") return 0;
  const shown: number[] = [];
  let at: EncodedPacket | null = key;
  while (at !== null && shown.length < LOOK_AHEAD) {
    shown.push(at.timestamp);
    at = await sink.getNextPacket(at, { metadataOnly: true });
  }
  return reorderDepth(shown);
}
