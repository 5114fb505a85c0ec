/**
 * What need not be fetched of an MP4's index: pictures of the album and padding.
 * The reader of MP4 wants the whole index, and covers of some megabytes in it are
 * common; a listener who tunes in would wait for one that nobody shows.
 *
 * Goes down `moov/udta/meta/ilst` by the heads of boxes alone (ISO 14496-12, 4.2),
 * a bounded number of them. Whatever looks odd is no hole.
 *
 * @module
 */
import { hasAscii, u32be } from "../bytes.ts";
import { BLOCK_BYTES } from "../packet_stream.ts";

/** Bytes that may be taken for zeros; whole leaves. */
export interface Hole {
  /** Offset of the first. */
  start: number;
  /** Offset behind the last. */
  end: number;
}

/** Reads some bytes; fewer at the end of the file. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

/** A box's name, where it begins, where its contents do, and its end. */
interface Box {
  name: string;
  at: number;
  body: number;
  end: number;
}

/** Boxes on the way that lead there. */
const WAY = ["moov", "udta", "meta", "ilst"];
/** Boxes that are not needed, each in a place of its own. */
const SPARE = /^(covr|free|skip)$/;
/** Heads of boxes looked at in all: a handful in most files. */
const HEADS_MAX = 64;
const HEAD_BYTES = 16;
/** Left as it is at the front of a hole: heads of `covr` and of the `data` in it. */
const KEPT_BYTES = 32;

/**
 * Finds them.
 *
 * @param size of the file
 * @throws whatever `read` throws
 */
export async function findHoles(
  size: number,
  read: ReadBytes,
): Promise<Hole[]> {
  const holes: Hole[] = [];
  let range = { at: 0, end: size };
  let heads = 0;
  for (const name of WAY) {
    let next: Box | undefined;
    for (let at = range.at; at + 8 <= range.end && heads++ < HEADS_MAX;) {
      const box = await boxAt(at, range.end, read);
      if (box === undefined) return holes;
      if (name !== "moov") keep(holes, box);
      if (box.name === name) {
        next = box;
        // What is beside the tags is small, but for the tables before them.
        if (name !== "ilst") break;
      }
      at = box.end;
    }
    if (next === undefined) return holes;
    // A small one has no room for pictures.
    if (next.end - next.at < 2 * BLOCK_BYTES) return holes;
    range = { at: await bodyOf(next, read), end: next.end };
  }
  for (let at = range.at; at + 8 <= range.end && heads++ < HEADS_MAX;) {
    const box = await boxAt(at, range.end, read);
    if (box === undefined) break;
    keep(holes, box);
    at = box.end;
  }
  return holes;
}

/** `meta` has four bytes more in front of its boxes, in QuickTime it has not. */
async function bodyOf({ name, body }: Box, read: ReadBytes): Promise<number> {
  if (name !== "meta") return body;
  return hasAscii(await read(body, body + 8), 4, "hdlr") ? body : body + 4;
}

async function boxAt(
  at: number,
  limit: number,
  read: ReadBytes,
): Promise<Box | undefined> {
  const head = await read(at, Math.min(limit, at + HEAD_BYTES));
  if (head.length < 8) return undefined;
  const name = String.fromCharCode(...head.subarray(4, 8));
  const short = u32be(head, 0);
  const isLong = short === 1 && head.length === HEAD_BYTES;
  const length = isLong
    ? u32be(head, 8) * 2 ** 32 + u32be(head, 12)
    : short === 0
    ? limit - at
    : short;
  const body = at + (isLong ? HEAD_BYTES : 8);
  const end = at + length;
  return end >= body && end <= limit ? { name, at, body, end } : undefined;
}

/** Keeps the whole leaves of a box that is not needed. */
function keep(holes: Hole[], { name, at, end }: Box): void {
  if (!SPARE.test(name)) return;
  const start = Math.ceil((at + KEPT_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
  const last = Math.floor(end / BLOCK_BYTES) * BLOCK_BYTES;
  if (last > start) holes.push({ start, end: last });
}
