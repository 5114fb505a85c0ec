/**
 * Ogg pages (RFC 3533, section 6): reading one, and writing packets as many.
 *
 * Layout: "OggS", version 0, flags, granule position (8, little end first),
 * serial (4), sequence (4), checksum (4), number of segments (1), their lengths,
 * the segments. A packet is as many segments of 255 as fit and one shorter.
 *
 * @module
 */
import { concatBytes, hasAscii, putU32le, u32le } from "../bytes.ts";
import { oggCrc } from "./crc.ts";

/** A page, its body a view on the bytes that were read. */
export interface OggPage {
  /** Which logical stream. */
  serial: number;
  /** Counts the pages of that stream. */
  sequence: number;
  /** Begins in the middle of a packet. */
  continued: boolean;
  /** First page of the stream (BOS). */
  first: boolean;
  /** Last page of the stream (EOS). */
  last: boolean;
  /** Granule position at the end of the last packet that ends here; none where none ends. */
  granule: number | undefined;
  /** Lengths of the segments. */
  lacing: Uint8Array;
  /** The segments. */
  body: Uint8Array;
  /** Bytes of the whole page. */
  bytes: number;
}

/** Bytes before the segment table. */
export const PAGE_HEADER_BYTES = 27;
/** Bytes of the largest page: 255 segments of 255 bytes. */
export const PAGE_BYTES_MAX: number = PAGE_HEADER_BYTES + 255 + 255 * 255;

const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;
const CRC_OFFSET = 22;
const SEGMENTS_MAX = 255;

/**
 * The page at `at`: "short" when it needs more bytes, `undefined` when there is
 * none or its checksum is wrong.
 */
export function parsePage(
  bytes: Uint8Array,
  at: number,
): OggPage | "short" | undefined {
  if (!hasAscii(bytes, at, "OggS")) return undefined;
  if (at + PAGE_HEADER_BYTES > bytes.length) return "short";
  if (bytes[at + 4] !== 0) return undefined;
  const tableEnd = at + PAGE_HEADER_BYTES + bytes[at + 26]!;
  if (tableEnd > bytes.length) return "short";
  const lacing = bytes.subarray(at + PAGE_HEADER_BYTES, tableEnd);
  const end = tableEnd + lacing.reduce((sum, x) => sum + x, 0);
  if (end > bytes.length) return "short";
  if (pageCrc(bytes, at, end) !== u32le(bytes, at + CRC_OFFSET)) {
    return undefined;
  }
  const flags = bytes[at + 5]!;
  return {
    serial: u32le(bytes, at + 14),
    sequence: u32le(bytes, at + 18),
    continued: (flags & CONTINUED) !== 0,
    first: (flags & FIRST) !== 0,
    last: (flags & LAST) !== 0,
    granule: readGranule(bytes, at + 6),
    lacing,
    body: bytes.subarray(tableEnd, end),
    bytes: end - at,
  };
}

const FOUR_ZEROS = new Uint8Array(4);

/** The checksum counts its own field as zeros. */
function pageCrc(bytes: Uint8Array, from: number, to: number): number {
  const head = oggCrc(bytes, from, from + CRC_OFFSET);
  const field = oggCrc(FOUR_ZEROS, 0, 4, head);
  return oggCrc(bytes, from + CRC_OFFSET + 4, to, field);
}

/** -1 means "no packet ends here"; what no clock reaches counts as that too. */
function readGranule(bytes: Uint8Array, at: number): number | undefined {
  const high = u32le(bytes, at + 4);
  return high < 2 ** 21 ? high * 2 ** 32 + u32le(bytes, at) : undefined;
}

/** A packet on its way into pages. */
export interface PagedPacket {
  /** Its bytes. */
  data: Uint8Array;
  /** Granule position at its end. */
  granule: number;
}

/** The stream the pages belong to, and where they stand in it. */
export interface PagePlace {
  /** Serial of the stream. */
  serial: number;
  /** Sequence number of the first page written. */
  sequence: number;
  /** The first page opens the stream. */
  first?: boolean;
  /** The last page closes the stream. */
  last?: boolean;
}

/** Pages as bytes. */
export interface WrittenPages {
  /** The pages, one after the other. */
  bytes: Uint8Array;
  /** How many pages these are. */
  pages: number;
}

/**
 * Writes whole packets as pages: as few as hold them, none of them shared with
 * packets of another call.
 */
export function writePages(
  packets: PagedPacket[],
  place: PagePlace,
): WrittenPages {
  const drafts = layOut(packets);
  const pages = drafts.map((draft, i) =>
    writePage(draft, {
      serial: place.serial,
      sequence: place.sequence + i,
      first: place.first === true && i === 0,
      last: place.last === true && i === drafts.length - 1,
    })
  );
  return { bytes: concatBytes(pages), pages: pages.length };
}

/** One page before it is written. */
interface Draft {
  continued: boolean;
  lacing: number[];
  parts: Uint8Array[];
  granule: number | undefined;
}

function layOut(packets: PagedPacket[]): Draft[] {
  let draft = emptyDraft(false);
  const drafts = [draft];
  for (const { data, granule } of packets) {
    for (let at = 0; at <= data.length; at += 255) {
      if (draft.lacing.length === SEGMENTS_MAX) {
        draft = emptyDraft(at > 0);
        drafts.push(draft);
      }
      const part = data.subarray(at, at + 255);
      draft.lacing.push(part.length);
      draft.parts.push(part);
    }
    draft.granule = granule;
  }
  return drafts;
}

function emptyDraft(continued: boolean): Draft {
  return { continued, lacing: [], parts: [], granule: undefined };
}

function writePage(
  draft: Draft,
  place: Required<PagePlace>,
): Uint8Array {
  const head = new Uint8Array(PAGE_HEADER_BYTES + draft.lacing.length);
  head.set([0x4f, 0x67, 0x67, 0x53, 0]);
  head[5] = (draft.continued ? CONTINUED : 0) | (place.first ? FIRST : 0) |
    (place.last ? LAST : 0);
  putGranule(head, 6, draft.granule);
  putU32le(head, 14, place.serial);
  putU32le(head, 18, place.sequence);
  head[26] = draft.lacing.length;
  head.set(draft.lacing, PAGE_HEADER_BYTES);
  const page = concatBytes([head, ...draft.parts]);
  putU32le(page, CRC_OFFSET, oggCrc(page));
  return page;
}

function putGranule(
  bytes: Uint8Array,
  at: number,
  granule: number | undefined,
): void {
  if (granule === undefined) {
    bytes.fill(255, at, at + 8);
    return;
  }
  putU32le(bytes, at, granule % 2 ** 32);
  putU32le(bytes, at + 4, Math.floor(granule / 2 ** 32));
}

/** What {@linkcode rewriteSerials} tells of a page. */
export interface PageHead {
  serial: number;
  sequence: number;
  /** First page of its stream (BOS). */
  first: boolean;
  /** Last page of its stream (EOS). */
  last: boolean;
}

/**
 * Whole pages in a row with other serials. Bytes that are no page end the walk
 * and go through as they are.
 *
 * @param choose called for each page in order; the same serial changes nothing
 * @returns the same array where no page was changed, else a copy
 */
export function rewriteSerials(
  pages: Uint8Array,
  choose: (page: PageHead) => number,
): Uint8Array {
  let out = pages;
  for (let at = 0; hasAscii(pages, at, "OggS");) {
    const bodyAt = at + PAGE_HEADER_BYTES + (pages[at + 26] ?? 0);
    const lacing = pages.subarray(at + PAGE_HEADER_BYTES, bodyAt);
    const end = lacing.reduce((sum, x) => sum + x, bodyAt);
    const flags = pages[at + 5] ?? 0;
    const serial = u32le(pages, at + 14);
    const chosen = choose({
      serial,
      sequence: u32le(pages, at + 18),
      first: (flags & FIRST) !== 0,
      last: (flags & LAST) !== 0,
    });
    if (chosen !== serial && end <= pages.length) {
      if (out === pages) out = pages.slice();
      putU32le(out, at + 14, chosen);
      putU32le(out, at + CRC_OFFSET, pageCrc(out, at, end));
    }
    at = end;
  }
  return out;
}
