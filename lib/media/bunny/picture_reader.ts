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
import { DecodeTimes, LOOK_AHEAD, reorderDepth } from "../film/decode_times.ts";
import type { BunnyFile } from "./input.ts";
import { toldReorderDepth } from "../film/reorder.ts";
import type { TimedPicture } from "../film/weaver.ts";
import { descriptionOf } from "./names.ts";
import { describePictures, type Pictures } from "../film/pictures.ts";

/** Pictures from a time on. */
export class PictureReader {
  /** The film's parameters. */
  readonly info: VideoInfo;
  readonly #file: BunnyFile;
  readonly #sink: EncodedPacketSink;
  readonly #pictures: Pictures;
  readonly #fromMs: number | undefined;
  #times = new DecodeTimes(0);
  /** The last one given; what follows it is not read before it is asked for. */
  #last: EncodedPacket | undefined;
  #hasEnded = false;

  private constructor(
    file: BunnyFile,
    sink: EncodedPacketSink,
    pictures: Pictures,
    fromMs: number | undefined,
  ) {
    this.#file = file;
    this.#sink = sink;
    this.#pictures = pictures;
    this.#fromMs = fromMs;
    this.info = pictures.info;
  }

  /**
   * Opens a film, to be read from its first key picture on from a time. That
   * place is looked for with the first picture asked for, not before.
   *
   * @param fromMs by the file's own clock; its beginning where absent
   * @returns undefined when it has no parameters to tell
   */
  static async open(
    file: BunnyFile,
    track: InputVideoTrack,
    codec: VideoCodec,
    fromMs: number | undefined,
  ): Promise<PictureReader | undefined> {
    const sink = new file.bunny.EncodedPacketSink(track);
    return await file.ask(async () => {
      const config = await track.getDecoderConfig();
      const description = descriptionOf(config);
      const isInside = description === undefined &&
        (codec === "h264" || codec === "hevc" || codec === "av1");
      const key = isInside ? await sink.getFirstKeyPacket() : undefined;
      if (key === null) return undefined;
      const pictures = describePictures(codec, {
        description,
        width: await track.getCodedWidth(),
        height: await track.getCodedHeight(),
        name: config?.codec,
        firstKey: key?.data ?? new Uint8Array(0),
      });
      return new PictureReader(file, sink, pictures, fromMs);
    });
  }

  /** The next picture in decoding order, or `undefined` at the end. */
  async next(): Promise<TimedPicture | undefined> {
    if (this.#hasEnded) return undefined;
    const last = this.#last;
    const found = last === undefined
      ? await this.#first()
      : await this.#file.ask(() => this.#sink.getNextPacket(last));
    if (found === null) {
      this.#hasEnded = true;
      return undefined;
    }
    this.#last = found;
    const showMs = found.timestamp * 1000;
    return {
      data: this.#pictures.picture(found.data),
      key: found.type === "key",
      showMs,
      decodeMs: this.#times.next(showMs, found.duration * 1000),
    };
  }

  async #first(): Promise<EncodedPacket | null> {
    return await this.#file.ask(async () => {
      const key = await findKey(this.#sink, this.#fromMs);
      if (key === null) return null;
      const depth = toldReorderDepth(this.info) ??
        await depthFrom(this.#sink, key);
      this.#times = new DecodeTimes(depth);
      return key;
    });
  }
}

/** The key picture to start at; null where the film has none from the time on. */
async function findKey(
  sink: EncodedPacketSink,
  fromMs: number | undefined,
): Promise<EncodedPacket | null> {
  if (fromMs === undefined) return await sink.getFirstKeyPacket();
  const look = { metadataOnly: true };
  const before = await sink.getKeyPacket(fromMs / 1000, look);
  if (before === null) return await sink.getFirstKeyPacket();
  const key = before.timestamp * 1000 < fromMs
    ? await sink.getNextKeyPacket(before, look)
    : before;
  return key && await sink.getKeyPacket(key.timestamp);
}

async function depthFrom(
  sink: EncodedPacketSink,
  key: EncodedPacket,
): Promise<number> {
  const shown: number[] = [];
  let at: EncodedPacket | null = key;
  while (at !== null && shown.length < LOOK_AHEAD) {
    shown.push(at.timestamp);
    at = await sink.getNextPacket(at, { metadataOnly: true });
  }
  return reorderDepth(shown);
}
