/**
 * Where one maker of a mount's stream takes over from another in the middle: a
 * live show from the programme, the programme from a show that ended. Chunks go
 * through unchanged until the first such place.
 *
 * Promises: what comes out is one stream that players go on playing. MP3: frames
 * that refer to bytes which were never sent are muted (ISO 11172-3, 2.4.3.4).
 * Ogg: the link that was cut off is closed, the new one begins with its headers,
 * and no serial comes twice (RFC 3533, section 4). WebM: one header, and times
 * that go on. Other types: as they are.
 *
 * Leaves to others: who is on (lib/icecast).
 *
 * @module
 */
import { concatBytes } from "./bytes.ts";
import { muteFrame } from "./mp3/silence.ts";
import { parseMp3Header, sideInfoBytes, sideInfoOffset } from "./mp3/header.ts";
import { rewriteSerials, writePages } from "./ogg/page.ts";
import type { MountChunk } from "./packet.ts";
import { WebmSplicer } from "./webm/splicer.ts";

/** One mount's place of joining. */
export interface Splicer {
  /** What was passed on so far ends here: the next chunk is another maker's. */
  cut(): void;
  /**
   * The chunk as it must be sent. The first one after a cut must be one at which
   * a listener may start (`header` present).
   */
  pass(chunk: MountChunk): MountChunk;
}

/** The splicer of a mount's media type. */
export function createSplicer(contentType: string): Splicer {
  if (/^audio\/(mpeg|mp3)\b/.test(contentType)) return new Mp3Splicer();
  if (/^(audio|video|application)\/(x-)?ogg\b/.test(contentType)) {
    return new OggSplicer();
  }
  if (/\b(webm|x-matroska)\b/.test(contentType)) return new WebmSplicer();
  return { cut: () => {}, pass: (chunk) => chunk };
}

const NOTHING = new Uint8Array(0);

/** Bytes a frame may refer back: main_data_begin has nine bits. */
const RESERVOIR_BYTES_MAX = 511;

class Mp3Splicer implements Splicer {
  /** Bytes of main data sent since the cut; enough where nothing was cut. */
  #reservoir = RESERVOIR_BYTES_MAX;

  cut(): void {
    this.#reservoir = 0;
  }

  pass(chunk: MountChunk): MountChunk {
    if (this.#reservoir >= RESERVOIR_BYTES_MAX) return chunk;
    return { ...chunk, data: this.#muted(chunk.data) };
  }

  #muted(data: Uint8Array): Uint8Array {
    const frames: Uint8Array[] = [];
    for (let at = 0; at < data.length;) {
      const header = parseMp3Header(data, at);
      const end = header === undefined ? data.length : at + header.bytes;
      const frame = data.subarray(at, end);
      frames.push(this.#mayPlay(frame) ? frame : muteFrame(frame));
      at = end;
    }
    return concatBytes(frames);
  }

  /** Whether all that a frame refers to was sent; counts its own bytes. */
  #mayPlay(frame: Uint8Array): boolean {
    const header = parseMp3Header(frame, 0);
    if (header === undefined || header.layer !== 3) return true;
    const side = sideInfoOffset(header);
    const [high = 0, low = 0] = frame.subarray(side, side + 2);
    const wanted = header.version === 1 ? high << 1 | low >> 7 : high;
    const plays = wanted <= this.#reservoir;
    this.#reservoir += Math.max(0, frame.length - side - sideInfoBytes(header));
    return plays;
  }
}

/** Serials after a cut: far from those that writers count from 1. */
const FIRST_SERIAL = 0x4000_0000;

class OggSplicer implements Splicer {
  /** Serial given last; undefined before the first cut. */
  #serial: number | undefined;
  /** Serials given to the streams of the link under way, by their own. */
  readonly #given = new Map<number, number>();
  /** Its streams that have not ended: the number of the page that went out last. */
  readonly #open = new Map<number, number>();
  #wasFirst = false;
  #isCut = false;
  #header: [Uint8Array, Uint8Array] = [NOTHING, NOTHING];

  cut(): void {
    this.#isCut = true;
    this.#serial ??= FIRST_SERIAL;
  }

  pass(chunk: MountChunk): MountChunk {
    const begins = this.#isCut;
    this.#isCut = false;
    const { header = NOTHING } = chunk;
    const parts = begins ? [header, chunk.data] : [chunk.data];
    const whole = concatBytes(parts.filter(({ length }) => length > 0));
    const closing = begins ? this.#closing() : NOTHING;
    if (begins) this.#forgetLink();
    const data = this.#renamed(whole);
    if (this.#serial === undefined) return chunk;
    return {
      ...chunk,
      data: closing.length === 0 ? data : concatBytes([closing, data]),
      ...(chunk.header === undefined
        ? {}
        : { header: begins ? NOTHING : this.#renamedHeader(chunk.header) }),
    };
  }

  /** Empty pages that end the streams of the link that was cut off. */
  #closing(): Uint8Array {
    const pages = [...this.#open].map(([serial, sequence]) =>
      writePages([], { serial, sequence: sequence + 1, last: true }).bytes
    );
    return concatBytes(pages);
  }

  #forgetLink(): void {
    this.#given.clear();
    this.#open.clear();
    this.#header = [NOTHING, NOTHING];
  }

  /** Gives each stream its serial; first pages after others begin another link. */
  #renamed(pages: Uint8Array): Uint8Array {
    return rewriteSerials(pages, (page) => {
      if (page.first && !this.#wasFirst) this.#forgetLink();
      this.#wasFirst = page.first;
      const serial = this.#given.get(page.serial) ?? this.#fresh(page.serial);
      if (page.last) this.#open.delete(serial);
      else this.#open.set(serial, page.sequence);
      return serial;
    });
  }

  #fresh(own: number): number {
    if (this.#serial === undefined) return own;
    this.#given.set(own, ++this.#serial);
    return this.#serial;
  }

  /** The headers of the link under way, renamed once for all its chunks. */
  #renamedHeader(header: Uint8Array): Uint8Array {
    if (header.length === 0) return header;
    if (this.#header[0] !== header) {
      const renamed = rewriteSerials(
        header,
        ({ serial }) => this.#given.get(serial) ?? serial,
      );
      this.#header = [header, renamed];
    }
    return this.#header[1];
  }
}
