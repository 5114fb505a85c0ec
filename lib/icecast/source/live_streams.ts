/**
 * Which stream a source's media type is read by: frames and packets by lib/media
 * where we can write them, containers by their own units, all other types as
 * blocks of what came.
 *
 * @module
 */
import type { MountChunk } from "../../media/packet.ts";
import { ArrivalClock } from "./arrival_clock.ts";
import { type LiveStream, PassedOnStream } from "./live_stream.ts";
import { MatroskaStream } from "./matroska_stream.ts";
import { OggStream } from "./ogg_stream.ts";
import { aacParser, mp3Parser, PacketStream } from "./packet_stream.ts";
import { TsStream } from "./ts_stream.ts";

/** The stream of a media type, without parameters. */
export function createLiveStream(contentType: string): LiveStream {
  if (/^audio\/(x-)?(mpeg|mp3)$/.test(contentType)) {
    return new PacketStream(mp3Parser);
  }
  if (/^(audio|video|application)\/(x-)?ogg$/.test(contentType)) {
    return new OggStream();
  }
  if (/^audio\/(x-)?(aac|aacp)$/.test(contentType)) {
    return new PacketStream(aacParser);
  }
  if (/^(audio|video)\/(webm|x-matroska|x-matroska-3d)$/.test(contentType)) {
    return new MatroskaStream();
  }
  if (/^video\/(mp2t|mpegts|x-mpegts)$/.test(contentType)) {
    return new TsStream();
  }
  return new BlockStream();
}

const NOTHING = new Uint8Array(0);

class BlockStream extends PassedOnStream {
  readonly garbageBytes = 0;
  readonly #clock = new ArrivalClock();

  begin(): void {
    this.#clock.cut();
  }

  push(bytes: Uint8Array, nowMs: number): MountChunk[] {
    return this.#clock.chunks([{ data: bytes, header: NOTHING }], nowMs);
  }
}
