/**
 * An Ogg source of several streams, or of a codec we do not know (Theora with
 * Vorbis, Speex), as a mount's chunks: whole pages as they come. The header
 * pages of the link are sent to everyone who starts, as Icecast does.
 *
 * With Theora a listener starts at a page that begins with a key picture
 * (Theora specification, 7.1); else at any that begins with a packet.
 *
 * @module
 */
import { concatBytes, hasAscii } from "../../media/bytes.ts";
import type { OggPage } from "../../media/ogg/page.ts";
import { OggPageParser } from "../../media/ogg/page_parser.ts";
import type { MountChunk } from "../../media/packet.ts";
import { ArrivalClock, type StreamPiece } from "./arrival_clock.ts";
import { PassedOnStream } from "./live_stream.ts";

/** Bytes of header pages that are kept: two setup headers and comments. */
const HEADER_BYTES_MAX = 256 * 1024;

/** The stream of pages. */
export class OggPageStream extends PassedOnStream {
  readonly #clock = new ArrivalClock();
  #parser = new OggPageParser();
  #garbageBytes = 0;
  #headerPages: Uint8Array[] = [];
  #headerBytes = 0;
  #header: Uint8Array = new Uint8Array(0);
  #inHeader = false;
  #theora = new Set<number>();

  get garbageBytes(): number {
    return this.#garbageBytes;
  }

  begin(): void {
    this.#parser = new OggPageParser();
    this.#garbageBytes = 0;
    this.#inHeader = false;
    this.#clock.cut();
  }

  push(bytes: Uint8Array, nowMs: number): MountChunk[] {
    const pages = this.#parser.push(bytes);
    const known = this.#headerBytes <= HEADER_BYTES_MAX;
    this.#garbageBytes = pages.length > 0 && known
      ? 0
      : this.#garbageBytes + bytes.length;
    return this.#clock.chunks(pages.map((page) => this.#piece(page)), nowMs);
  }

  #piece(page: OggPage): StreamPiece {
    const data = pageBytes(page);
    if (page.first && !this.#inHeader) this.#beginLink();
    const isFirst = page.first && this.#headerBytes === 0;
    if (this.#inHeader && this.#isHeader(page)) {
      this.#keep(page, data);
      // Listeners who are on already go on with the new link's own pages.
      return isFirst ? { data, header: new Uint8Array(0) } : { data };
    }
    if (this.#inHeader) this.#header = concatBytes(this.#headerPages);
    this.#inHeader = false;
    return this.#isStart(page) ? { data, header: this.#header } : { data };
  }

  #beginLink(): void {
    this.#inHeader = true;
    this.#headerPages = [];
    this.#headerBytes = 0;
    this.#theora.clear();
  }

  /** Headers end at position 0; of a long one the first pages have none. */
  #isHeader(page: OggPage): boolean {
    if (page.granule !== undefined) return page.first || page.granule === 0;
    const isPicture = this.#theora.has(page.serial) && !page.continued &&
      (page.body[0]! & 0x80) === 0;
    return !isPicture;
  }

  #keep(page: OggPage, data: Uint8Array): void {
    if (isTheora(page)) this.#theora.add(page.serial);
    this.#headerBytes += data.length;
    if (this.#headerBytes <= HEADER_BYTES_MAX) this.#headerPages.push(data);
  }

  #isStart(page: OggPage): boolean {
    if (page.continued || page.lacing.length === 0) return false;
    if (this.#theora.size === 0) return true;
    // Two zero bits: data and not a header, a key picture.
    return this.#theora.has(page.serial) && page.body.length > 0 &&
      (page.body[0]! & 0xc0) === 0;
  }
}

/** Whether a stream's first page is Theora's. */
function isTheora(page: OggPage): boolean {
  return page.first && hasAscii(page.body, 1, "theora");
}

/** A page as it was read: its body and what stands before that. */
function pageBytes({ body, bytes }: OggPage): Uint8Array {
  const from = body.byteOffset + body.length - bytes;
  return new Uint8Array(body.buffer, from, bytes);
}
