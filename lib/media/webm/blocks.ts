/**
 * Blocks of Matroska and WebM: frames of one track with their time (RFC 9559,
 * section 10). Pure and total.
 *
 * @module
 */
import { IDS } from "./ids.ts";
import { elementsOf, readNumber, readSigned, readVint } from "./read_ebml.ts";

/** Frames and what is known of them; times are in the file's own ticks. */
export interface FileBlock {
  /** Number of their track. */
  track: number;
  /** After the beginning of the cluster. */
  ticks: number;
  /** Whether a decoder may start with the first frame. */
  key: boolean;
  /** One, or several that follow each other ("lacing"). */
  frames: Uint8Array[];
  /** How long all of them play, where it is told. */
  lengthTicks?: number;
  /** What is not heard of the end of the last one, in ns; of the first one's beginning if less than 0. */
  paddingNs?: number;
}

/** Bytes in which the head of a block lies: track, time, flags. */
export const BLOCK_HEAD_BYTES_MAX = 11;

const KEY = 0x80;

/**
 * The track and time of a block, or of a group that begins with one, which may
 * turn out to have no key; `undefined` where they are not here.
 */
export function peekBlock(
  contents: Uint8Array,
  isGroup: boolean,
): Omit<FileBlock, "frames"> | undefined {
  if (isGroup) {
    if (contents[0] !== IDS.block) return undefined;
    const length = readVint(contents, 1);
    if (length === undefined) return undefined;
    const head = peekBlock(contents.subarray(1 + length.bytes), false);
    // A group tells at its end what its block is.
    return head && { ...head, key: true };
  }
  const track = readVint(contents, 0);
  if (track === undefined || track.bytes + 3 > contents.length) {
    return undefined;
  }
  const at = track.bytes;
  return {
    track: track.value,
    ticks: (contents[at]! << 24 | contents[at + 1]! << 16) >> 16,
    key: (contents[at + 2]! & KEY) !== 0,
  };
}

/** A whole block; `undefined` when it is broken. */
export function readBlockElement(
  contents: Uint8Array,
  isGroup: boolean,
): FileBlock | undefined {
  if (isGroup) return readGroup(contents);
  const head = peekBlock(contents, false);
  if (head === undefined) return undefined;
  const at = readVint(contents, 0)!.bytes + 3;
  const frames = unlace(contents.subarray(at), (contents[at - 1]! >> 1) & 3);
  return frames && { ...head, frames };
}

function readGroup(contents: Uint8Array): FileBlock | undefined {
  let block: FileBlock | undefined;
  let key = true;
  const more: Partial<FileBlock> = {};
  for (const { id, contents: value } of elementsOf(contents)) {
    if (id === IDS.block) block = readBlockElement(value, false);
    if (id === IDS.referenceBlock) key = false;
    if (id === IDS.blockDuration) more.lengthTicks = readNumber(value);
    if (id === IDS.discardPadding) more.paddingNs = readSigned(value);
  }
  return block && { ...block, ...more, key };
}

/** The frames of a block by its kind of lacing (10.3); `undefined` when their lengths make no sense. */
function unlace(body: Uint8Array, lacing: number): Uint8Array[] | undefined {
  if (lacing === 0) return body.length === 0 ? undefined : [body];
  const count = (body[0] ?? 0) + 1;
  if (lacing === 2) return cut(body, 1, evenLengths(body.length - 1, count));
  const told = lacing === 1
    ? xiphLengths(body, count - 1)
    : ebmlLengths(body, count - 1);
  return told && cut(body, told.at, told.lengths);
}

function evenLengths(bytes: number, count: number): number[] {
  const each = Math.floor(bytes / count);
  return each === 0 ? [] : new Array<number>(count - 1).fill(each);
}

/** Lengths of all frames but the last, and where the first begins. */
interface Laced {
  lengths: number[];
  at: number;
}

function xiphLengths(body: Uint8Array, count: number): Laced {
  const lengths: number[] = [];
  let at = 1;
  while (lengths.length < count && at < body.length) {
    let length = 0;
    while (body[at] === 255) {
      length += 255;
      at++;
    }
    lengths.push(length + (body[at++] ?? 0));
  }
  return { lengths, at };
}

/** The first as it is, the others as differences around zero. */
function ebmlLengths(body: Uint8Array, count: number): Laced | undefined {
  const lengths: number[] = [];
  let at = 1;
  while (lengths.length < count) {
    const number = readVint(body, at);
    if (number === undefined) return undefined;
    const bias = 2 ** (7 * number.bytes - 1) - 1;
    const last = lengths.at(-1);
    lengths.push(
      last === undefined ? number.value : last + number.value - bias,
    );
    at += number.bytes;
  }
  return { lengths, at };
}

/** Frames of these lengths, and the rest as the last; `undefined` where they do not fit. */
function cut(
  body: Uint8Array,
  from: number,
  lengths: readonly number[],
): Uint8Array[] | undefined {
  const frames: Uint8Array[] = [];
  let at = from;
  for (const length of lengths) {
    if (length <= 0 || at + length > body.length) return undefined;
    frames.push(body.subarray(at, at + length));
    at += length;
  }
  if (at >= body.length) return undefined;
  return [...frames, body.subarray(at)];
}
