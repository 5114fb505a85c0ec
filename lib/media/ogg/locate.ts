/**
 * Where in an Ogg file a time lies, found by halving: pages carry the position
 * at their end, so a few reads narrow any file down to two pages.
 *
 * Times of a chain of links add up; to know how long a link is, its last page
 * is found first, by halving over serial numbers where it is not the file's.
 *
 * Every loop here has a fixed number of steps; a file whose positions jump about
 * gives some place inside of it, never an endless search.
 *
 * @module
 */
import { OGG_LINKS_MAX } from "../../limits.ts";
import { readBlock } from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import { type OggHead, readOggHead } from "./head.ts";
import { PAGE_BYTES_MAX } from "./page.ts";
import { OggPageParser, type PlacedPage } from "./page_parser.ts";

/** A place in a link. */
export interface OggPlace {
  /** The link it lies in. */
  head: OggHead;
  /** Offset of a page from which decoding reaches the sample in time. */
  offset: number;
  /** Granule position of the sample asked for. */
  granule: number;
  /** When the link begins, in ms from the beginning of the file. */
  linkStartMs: number;
}

/** A time behind the end. */
export interface OggEnd {
  /** When the file ends, in ms. */
  endMs: number;
}

/** Halvings at most: enough for 2^40 bytes. */
const STEPS_MAX = 40;
/** Closer than this, pages are simply read in order. */
const NEAR_BYTES = 32 * 1024;
/** How far back from the end the last page is looked for. */
const TAIL_BYTES = [
  16 * 1024,
  48 * 1024,
  2 * PAGE_BYTES_MAX,
  8 * PAGE_BYTES_MAX,
];

/** The file and who may stop the reading. */
interface Reading {
  source: RandomAccess;
  signal: AbortSignal | undefined;
}

/**
 * Finds the page to start at for `startMs`, or the end of the file.
 *
 * @param first the first link, as read
 * @throws whatever the source throws
 */
export async function locateOgg(
  source: RandomAccess,
  first: OggHead,
  startMs: number,
  signal?: AbortSignal,
): Promise<OggPlace | OggEnd> {
  const reading = { source, signal };
  let linkStartMs = 0;
  let head: OggHead | undefined = first;
  for (let i = 0; i < OGG_LINKS_MAX && head !== undefined; i++) {
    const end = await linkEnd(reading, head);
    const { sampleRate, preSkipSamples = 0 } = head.link.info;
    const begins: number = head.startGranule + preSkipSamples;
    const durationMs = Math.max(0, end.granule - begins) * 1000 / sampleRate;
    if (startMs < linkStartMs + durationMs) {
      const into = Math.round((startMs - linkStartMs) * sampleRate / 1000);
      const granule = begins + into;
      const offset = await findPage(reading, head, end, granule);
      return { head, offset, granule, linkStartMs };
    }
    linkStartMs += durationMs;
    head = end.offset < source.size
      ? await nextHead(reading, first, end.offset)
      : undefined;
  }
  return { endMs: linkStartMs };
}

/** The next link that the first one's mount could take. */
async function nextHead(
  { source, signal }: Reading,
  first: OggHead,
  offset: number,
): Promise<OggHead | undefined> {
  const head = await readOggHead(source, offset, signal);
  const { codec, channels, sampleRate } = first.link.info;
  const info = head?.link.info;
  return info?.codec === codec && info.channels === channels &&
      info.sampleRate === sampleRate
    ? head
    : undefined;
}

/** An offset, and the granule position there. */
interface Bound {
  offset: number;
  granule: number;
}

/** Where a link ends: the offset behind its last page, and that page's position. */
async function linkEnd(
  reading: Reading,
  head: OggHead,
): Promise<Bound> {
  const size = reading.source.size;
  const last = await lastPage(reading, head, size);
  if (last === "other") return await chainedEnd(reading, head);
  const granule = last?.granule ?? head.startGranule;
  return { offset: size, granule };
}

/** By halving: the first offset from which on no page belongs to the link. */
async function chainedEnd(
  reading: Reading,
  head: OggHead,
): Promise<Bound> {
  let low = head.soundStart;
  let high = reading.source.size;
  for (let i = 0; i < STEPS_MAX && high - low > NEAR_BYTES / 2; i++) {
    const middle = Math.floor((low + high) / 2);
    const page = await firstPage(reading, middle, high, () => true);
    if (page !== undefined && head.group.has(page.serial)) {
      low = page.offset + page.bytes;
    } else {
      high = middle;
    }
  }
  const offset = await endFrom(reading, head, low);
  const last = await lastPage(reading, head, offset);
  const granule = last === "other" ? undefined : last?.granule;
  return { offset, granule: granule ?? head.startGranule };
}

/** Page by page to the first one of another link. */
async function endFrom(
  reading: Reading,
  head: OggHead,
  from: number,
): Promise<number> {
  const { size } = reading.source;
  const other = await firstPage(
    reading,
    from,
    size,
    (page) => !head.group.has(page.serial),
  );
  return other?.offset ?? size;
}

/** The last page of our stream before `end`; "other" when the last page is of another link. */
async function lastPage(
  { source, signal }: Reading,
  head: OggHead,
  end: number,
): Promise<PlacedPage | "other" | undefined> {
  for (const length of TAIL_BYTES) {
    const start = Math.max(head.soundStart, end - length);
    const parser = new OggPageParser(start);
    const bytes = await source.read(start, end - start, signal);
    const pages = [...parser.push(bytes), ...parser.finish()];
    const last = pages.at(-1);
    if (last !== undefined && !head.group.has(last.serial)) return "other";
    const ours = pages.findLast((page) =>
      page.serial === head.link.serial && page.granule !== undefined
    );
    if (ours !== undefined || start === head.soundStart) return ours;
  }
  return undefined;
}

/**
 * The last page of the link that ends at or before the wanted sample, less what
 * the codec needs to settle: packets after it are wanted, and it tells where
 * they begin. The first page of sound when none ends before.
 */
async function findPage(
  reading: Reading,
  head: OggHead,
  end: Bound,
  granule: number,
): Promise<number> {
  const wanted = granule - head.link.codec.seekSamples;
  let low = { offset: head.soundStart, granule: head.startGranule };
  let high = end;
  const ours = (page: PlacedPage) =>
    page.serial === head.link.serial && page.granule !== undefined;
  for (let i = 0; i < STEPS_MAX; i++) {
    if (high.offset - low.offset <= NEAR_BYTES) break;
    const guess = nextGuess(low, high, wanted, i);
    const page = await firstPage(reading, guess, high.offset, ours);
    if (page === undefined || page.granule! > wanted) {
      high = { offset: guess, granule: page?.granule ?? high.granule };
    } else {
      low = { offset: page.offset, granule: page.granule! };
    }
  }
  return await lastBefore(reading, head, low.offset, high.offset, wanted);
}

/** In proportion, a little early; now and then the middle, where proportion leads astray. */
function nextGuess(
  low: Bound,
  high: Bound,
  wanted: number,
  step: number,
): number {
  const span = high.offset - low.offset;
  const share = high.granule > low.granule && step % 3 !== 2
    ? (wanted - low.granule) / (high.granule - low.granule)
    : 0.5;
  const early = low.offset + Math.floor(span * share) - NEAR_BYTES / 4;
  return Math.min(high.offset - 1, Math.max(low.offset + 1, early));
}

/** Reads on from `low`: the offset of the last page of ours that ends in time. */
async function lastBefore(
  { source, signal }: Reading,
  head: OggHead,
  low: number,
  high: number,
  wanted: number,
): Promise<number> {
  const parser = new OggPageParser(low);
  let best = low;
  const limit = Math.min(high + PAGE_BYTES_MAX, low + 4 * PAGE_BYTES_MAX);
  for (let at = low; at < Math.min(limit, source.size);) {
    const block = await readBlock(source, at, signal);
    at += block.length;
    for (const page of parser.push(block)) {
      if (page.serial !== head.link.serial) continue;
      if (page.granule === undefined) continue;
      if (page.granule > wanted) return best;
      best = page.offset;
    }
  }
  return best;
}

/** The first page from `offset` on that passes, beginning before `end`. */
async function firstPage(
  { source, signal }: Reading,
  offset: number,
  end: number,
  passes: (page: PlacedPage) => boolean,
): Promise<PlacedPage | undefined> {
  const parser = new OggPageParser(offset);
  const limit = Math.min(source.size, offset + 4 * PAGE_BYTES_MAX);
  for (let at = offset; at < limit;) {
    const block = await readBlock(source, at, signal);
    at += block.length;
    for (const page of parser.push(block)) {
      if (page.offset >= end) return undefined;
      if (passes(page)) return page;
    }
  }
  return undefined;
}
