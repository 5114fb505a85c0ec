/**
 * Writes one link: a logical stream from its first page to its last. Positions
 * start from 0 whatever they were in the file; the last page carries the trimmed
 * end and closes the stream.
 *
 * A packet is held back until the next one is there or the link ends, because
 * only the page that closes the link may say so, and a page is not sent before
 * it is full: about 200 ms. Pages hold whole packets, so a listener may start at
 * any chunk with the header pages in front.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import type { NowPlaying } from "../mount_writer.ts";
import type { MountChunk, Packet, TrackInfo } from "../packet.ts";
import type { SampleClock } from "../sample_clock.ts";
import type { OggCodec } from "./codec.ts";
import { type PagedPacket, writePages } from "./page.ts";

/** Play time after which a page is complete, in ms. */
const PAGE_MS = 200;
/** Segments a page can hold, which ends it earlier. */
const SEGMENTS_MAX = 255;

const NOTHING = new Uint8Array(0);

/** What a link needs to begin. */
export interface LinkStart {
  /** Its codec. */
  codec: OggCodec;
  /** Its parameters and headers. */
  info: TrackInfo;
  /** What its comments say. */
  playing: NowPlaying;
  /** Unique among the links of a mount. */
  serial: number;
  /** What listeners are shown. */
  title: string;
}

/** One link on its way out. */
export class LinkWriter {
  readonly #serial: number;
  readonly #header: Uint8Array;
  readonly #clock: SampleClock;
  readonly #skip: number;
  readonly #pageSamples: number;
  readonly #rate: number;
  #title: string | undefined;
  #sequence: number;
  #packets: PagedPacket[] = [];
  #segments = 0;
  /** Granule position at the end of the last packet written, and sent. */
  #granule = 0;
  #sentGranule = 0;
  #opened = false;

  /** Nothing comes out before the first packet. */
  constructor(start: LinkStart, clock: SampleClock) {
    const { info, serial } = start;
    const header = headerPages(start);
    this.#serial = serial;
    this.#header = header.bytes;
    this.#sequence = header.pages;
    this.#clock = clock;
    this.#skip = info.preSkipSamples ?? 0;
    this.#rate = info.sampleRate;
    this.#pageSamples = PAGE_MS / 1000 * info.sampleRate;
    this.#title = start.title;
  }

  /** Play time of what is held back, in ms. */
  get heldMs(): number {
    const samples = this.#heard(this.#granule) - this.#heard(this.#sentGranule);
    return samples * 1000 / this.#rate;
  }

  /** Adds a packet; returns the page before it when that is full. */
  write(packet: Packet): MountChunk[] {
    const segments = Math.floor(packet.data.length / 255) + 1;
    const full = this.#granule - this.#sentGranule >= this.#pageSamples ||
      this.#segments + segments > SEGMENTS_MAX;
    const chunks = full ? this.#flush(false) : [];
    this.#granule += packet.durationSamples - (packet.trimEndSamples ?? 0);
    this.#packets.push({ data: packet.data, granule: this.#granule });
    this.#segments += segments;
    return chunks;
  }

  /** All that is held, with the link left open: it may go on, or just stop. */
  pause(): MountChunk[] {
    return this.#flush(false);
  }

  /** Closes the link. */
  end(): MountChunk[] {
    return this.#flush(true);
  }

  #flush(last: boolean): MountChunk[] {
    if (this.#packets.length === 0) return [];
    const pages = writePages(this.#packets, {
      serial: this.#serial,
      sequence: this.#sequence,
      last,
    });
    const chunk: MountChunk = {
      data: this.#opened
        ? pages.bytes
        : concatBytes([this.#header, pages.bytes]),
      durationMs: this.#clock.advance(
        this.#heard(this.#granule) - this.#heard(this.#sentGranule),
      ),
      header: this.#opened ? this.#header : NOTHING,
    };
    if (this.#title !== undefined) chunk.title = this.#title;
    this.#sequence += pages.pages;
    this.#opened = true;
    this.#title = undefined;
    this.#packets = [];
    this.#segments = 0;
    this.#sentGranule = this.#granule;
    return [chunk];
  }

  /** Samples that sound up to a position: what is skipped does not. */
  #heard(granule: number): number {
    return Math.max(0, granule - this.#skip);
  }
}

/** The first packet alone on the first page, the others on pages of their own. */
function headerPages(start: LinkStart): { bytes: Uint8Array; pages: number } {
  const { codec, info, playing, serial } = start;
  const [first, ...rest] = codec.mountHeaders(info, playing)
    .map((data) => ({ data, granule: 0 }));
  const one = writePages([first!], { serial, sequence: 0, first: true });
  const two = writePages(rest, { serial, sequence: 1 });
  return {
    bytes: concatBytes([one.bytes, two.bytes]),
    pages: one.pages + two.pages,
  };
}
