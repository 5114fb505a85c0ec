/**
 * An Ogg source: of one stream whose codec we know it goes by packets, all other
 * by pages. The first pages of each source say which it is. Pure.
 *
 * @module
 */
import { concatBytes } from "../../media/bytes.ts";
import { codecOf } from "../../media/ogg/codecs.ts";
import type { OggPage } from "../../media/ogg/page.ts";
import { OggPageParser } from "../../media/ogg/page_parser.ts";
import { Packetizer } from "../../media/ogg/packetizer.ts";
import type { MountChunk, TrackInfo } from "../../media/packet.ts";
import type { LiveStream } from "./live_stream.ts";
import { OggPageStream } from "./ogg_page_stream.ts";
import { oggParser, PacketStream } from "./packet_stream.ts";

/** The stream of `audio/ogg`, `video/ogg`, `application/ogg`. */
export class OggStream implements LiveStream {
  readonly #packets = new PacketStream(oggParser);
  readonly #pages = new OggPageStream();
  #chosen: LiveStream = this.#packets;
  #looking: { parser: OggPageParser; bytes: Uint8Array[] } | undefined;
  #firstPages: OggPage[] = [];

  get info(): TrackInfo | undefined {
    return this.#chosen.info;
  }

  get garbageBytes(): number {
    const looked = this.#looking?.bytes.reduce((sum, x) => sum + x.length, 0);
    return looked ?? this.#chosen.garbageBytes;
  }

  begin(): void {
    this.#looking = { parser: new OggPageParser(), bytes: [] };
    this.#firstPages = [];
  }

  push(bytes: Uint8Array, nowMs: number): MountChunk[] {
    const looking = this.#looking;
    if (looking === undefined) return this.#chosen.push(bytes, nowMs);
    looking.bytes.push(bytes);
    for (const page of looking.parser.push(bytes)) {
      if (page.first) this.#firstPages.push(page);
      else if (this.#firstPages.length > 0) return this.#choose(nowMs);
    }
    return [];
  }

  end(): MountChunk[] {
    return this.#looking ? [] : this.#chosen.end();
  }

  retitle(title: string): MountChunk[] {
    return this.#chosen.retitle(title);
  }

  silence(durationMs: number): MountChunk[] {
    return this.#chosen.silence(durationMs);
  }

  #choose(nowMs: number): MountChunk[] {
    const [page, ...others] = this.#firstPages;
    const first = page && new Packetizer().push(page)[0];
    const isKnown = first !== undefined && others.length === 0 &&
      codecOf(first.data) !== undefined;
    this.#chosen = isKnown ? this.#packets : this.#pages;
    this.#chosen.begin();
    const bytes = concatBytes(this.#looking?.bytes ?? []);
    this.#looking = undefined;
    return this.#chosen.push(bytes, nowMs);
  }
}
