/**
 * A chain of Opus links as one logical stream with running positions, for
 * browsers: Chrome stops and Firefox falls silent where a second link begins.
 *
 * What each link skips in front and has too much at its end cannot be cut out of a
 * packet without a link of its own; it is left out by whole packets, so that the
 * stream stays within a packet or two of its time. Titles reach those who come
 * later, in the comments; for the others they are out of band. Links of other
 * codecs go through as they are; so does a change of the channels' order, which no
 * single stream can say.
 *
 * @module
 */
import { concatBytes, hasAscii, u16le } from "../bytes.ts";
import type { MountChunk, Packet } from "../packet.ts";
import { isSameBytes } from "../same_stream.ts";
import { SpareSamples } from "../webm/spare.ts";
import { opusPacketSamples } from "./opus.ts";
import { type OggPage, type PagedPacket, writePages } from "./page.ts";
import { OggPageParser } from "./page_parser.ts";
import { Packetizer } from "./packetizer.ts";

/** The link that comes in. */
interface Incoming {
  serial: number;
  packetizer: Packetizer;
  headers: Uint8Array[];
  /** Samples of its packets so far; undefined before the first. */
  samples: number | undefined;
}

const NOTHING = new Uint8Array(0);
/** Apart from the serials that writers count from 1. */
const FIRST_SERIAL = 0x2000_0000;

/** Joins the links of one mount. */
export class OpusJoiner {
  readonly #parser = new OggPageParser();
  readonly #spare = new SpareSamples();
  #link: Incoming | undefined;
  /** Head of the stream that goes out. */
  #head: Uint8Array | undefined;
  #header: Uint8Array = NOTHING;
  #serial = FIRST_SERIAL;
  #sequence = 0;
  #granule = 0;
  #title: string | undefined;
  #mustOpen = false;
  #isOther = false;
  /** Whether the last page began a stream. */
  #isHead = false;

  /** The chunk as it must be sent; undefined where nothing of it is left. */
  pass(chunk: MountChunk): MountChunk | undefined {
    const packets = this.#parser.push(chunk.data).flatMap((page) => {
      if (page.first) this.#begin(page);
      this.#isHead = page.first;
      return this.#take(page);
    });
    if (this.#isOther) return chunk;
    this.#title = chunk.title ?? this.#title;
    const before = this.#granule;
    const paged: PagedPacket[] = [];
    for (const packet of packets) {
      if (this.#spare.leavesOut(packet)) continue;
      this.#granule += packet.durationSamples;
      paged.push({ data: packet.data, granule: this.#granule });
    }
    return paged.length === 0 ? undefined : this.#chunk(paged, before);
  }

  #chunk(packets: PagedPacket[], before: number): MountChunk {
    const isOpen = !this.#mustOpen;
    const { bytes, pages } = writePages(packets, {
      serial: this.#serial,
      sequence: this.#sequence,
    });
    this.#sequence += pages;
    this.#mustOpen = false;
    const title = this.#title;
    this.#title = undefined;
    return {
      data: isOpen ? bytes : concatBytes([this.#header, bytes]),
      durationMs: (this.#granule - before) / 48,
      header: isOpen ? this.#header : NOTHING,
      ...(title !== undefined && { title }),
    };
  }

  /** A stream begins: Opus alone, or something else, of one stream or several. */
  #begin({ body, serial }: OggPage): void {
    const isAlone = !this.#isHead;
    const wasOther = this.#isOther;
    this.#isOther = !isAlone || !hasAscii(body, 0, "OpusHead");
    if (wasOther) this.#head = undefined;
    this.#link = this.#isOther ? undefined : {
      serial,
      packetizer: new Packetizer(),
      headers: [],
      samples: undefined,
    };
  }

  /** The packets that end on a page. */
  #take(page: OggPage): Packet[] {
    const link = this.#link;
    if (link === undefined || page.serial !== link.serial) return [];
    const packets: Packet[] = [];
    for (const { data } of link.packetizer.push(page)) {
      if (link.headers.length < 2) {
        link.headers.push(data);
        if (link.headers.length === 2) this.#open(link);
        continue;
      }
      const durationSamples = opusPacketSamples(data);
      if (durationSamples !== undefined) {
        packets.push({ data, durationSamples });
      }
    }
    return trimmed(packets, page, link);
  }

  /** A link begins: it goes on with the stream where it can. */
  #open({ headers }: Incoming): void {
    const [head, tags] = headers as [Uint8Array, Uint8Array];
    const isSame = this.#head !== undefined && isSameLayout(head, this.#head);
    this.#spare.begin(isSame ? u16le(head, 10) : 0);
    if (!isSame) {
      this.#serial++;
      this.#head = head;
      this.#granule = 0;
      this.#mustOpen = true;
    }
    const serial = this.#serial;
    const one = writePages([{ data: this.#head!, granule: 0 }], {
      serial,
      sequence: 0,
      first: true,
    });
    const two = writePages([{ data: tags, granule: 0 }], {
      serial,
      sequence: 1,
    });
    this.#header = concatBytes([one.bytes, two.bytes]);
    if (!isSame) this.#sequence = one.pages + two.pages;
  }
}

/** Whether one decoder takes both: mono and stereo in each other's place, anything else only as it is. */
function isSameLayout(a: Uint8Array, b: Uint8Array): boolean {
  if (a[18] === 0 && b[18] === 0) return true;
  return a[9] === b[9] && isSameBytes(a.subarray(18), b.subarray(18));
}

/** The packets of a page without what the last page of its link cuts off. */
function trimmed(packets: Packet[], page: OggPage, link: Incoming): Packet[] {
  if (packets.length === 0) return packets;
  const own = packets.reduce((sum, x) => sum + x.durationSamples, 0);
  const isFirst = link.samples === undefined;
  link.samples = (link.samples ?? 0) + own;
  if (page.granule === undefined) return packets;
  // A recording may begin at any position.
  if (isFirst && page.granule > link.samples) link.samples = page.granule;
  let spare = page.last ? link.samples - page.granule : 0;
  while (spare > 0 && packets.length > 0) {
    const last = packets.pop()!;
    if (last.durationSamples > spare) {
      return [...packets, { ...last, trimEndSamples: spare }];
    }
    spare -= last.durationSamples;
  }
  return packets;
}
