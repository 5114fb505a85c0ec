/**
 * Takes a Matroska or WebM stream apart into its elements (RFC 8794, RFC 9559),
 * as far as a mount must know them: what stands before the first cluster, the
 * clusters' times, the blocks. Pure.
 *
 * Promises: nothing throws; after damage it goes on at the next cluster or
 * document; it holds no more than one element of EBML_ELEMENT_BYTES_MAX.
 *
 * @module
 */
import { EBML_ELEMENT_BYTES_MAX } from "../../limits.ts";
import { concatBytes } from "../bytes.ts";

/** Ids of the elements that are looked at. */
export const EBML = {
  document: 0x1a45dfa3,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  title: 0x7ba9,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  tags: 0x1254c367,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  referenceBlock: 0xfb,
} as const;

/** An element with its head. */
export interface EbmlElement {
  /** One of {@linkcode EBML}, or any other inside of another element. */
  id: number;
  /** Head and contents; the head alone of a segment and of a cluster. */
  bytes: Uint8Array;
  /** The contents, a part of `bytes`. */
  contents: Uint8Array;
}

/** Elements whose contents are read on as if they stood beside them. */
const ENTERED: ReadonlySet<number> = new Set([EBML.segment, EBML.cluster]);

/** Elements that are given whole. */
const WHOLE: ReadonlySet<number> = new Set([
  EBML.document,
  EBML.info,
  EBML.tracks,
  EBML.tags,
  EBML.timestamp,
  EBML.simpleBlock,
  EBML.blockGroup,
]);

/**
 * Elements that are left out: Void, CRC-32, SeekHead, Cues, Attachments, Chapters;
 * PrevSize, Position, SilentTracks and EncryptedBlock of a cluster.
 */
const PASSED_OVER: ReadonlySet<number> = new Set([
  ...[0xec, 0xbf, 0x114d9b74, 0x1c53bb6b, 0x1941a469, 0x1043a770],
  ...[0xab, 0xa7, 0x5854, 0xaf],
]);

/** What an element's head says. */
interface Head {
  id: number;
  headBytes: number;
  /** Of the contents; undefined where it ends with the next of its kind. */
  length: number | undefined;
}

/** Bytes of a stream in, elements out. */
export class EbmlReader {
  #held: Uint8Array = new Uint8Array(0);
  #toSkip = 0;

  /**
   * The elements that are complete with some more bytes, as parts of them where
   * that can be.
   */
  push(bytes: Uint8Array): EbmlElement[] {
    const data = concatBytes([this.#held, bytes].filter((x) => x.length > 0));
    const elements: EbmlElement[] = [];
    let at = Math.min(this.#toSkip, data.length);
    this.#toSkip -= at;
    while (at < data.length) {
      const head = readHead(data, at);
      if (head === "short") break;
      if (head === undefined || !isOurs(head)) {
        at = nextStart(data, at + 1);
        continue;
      }
      const { id, headBytes, length = 0 } = head;
      const from = at + headBytes;
      const end = ENTERED.has(id) ? from : from + length;
      if (PASSED_OVER.has(id)) {
        this.#toSkip = Math.max(0, end - data.length);
      } else if (end > data.length) {
        break;
      } else {
        const contents = data.subarray(from, end);
        elements.push({ id, bytes: data.subarray(at, end), contents });
      }
      at = Math.min(end, data.length);
    }
    this.#held = data.subarray(at);
    return elements;
  }
}

/** The elements inside of another; ends at the first that is broken. */
export function* childrenOf(contents: Uint8Array): Generator<EbmlElement> {
  for (let at = 0; at < contents.length;) {
    const head = readHead(contents, at);
    if (head === undefined || head === "short") return;
    const from = at + head.headBytes;
    const end = from + (head.length ?? Infinity);
    if (end > contents.length) return;
    yield {
      id: head.id,
      bytes: contents.subarray(at, end),
      contents: contents.subarray(from, end),
    };
    at = end;
  }
}

/** A whole number of up to eight bytes; what is more than 2^53 is not exact. */
export function readNumber(contents: Uint8Array): number {
  return contents.slice(0, 8).reduce((sum, byte) => sum * 256 + byte, 0);
}

/** A number whose first byte tells its length: value without that mark, bytes. */
export function readVint(
  bytes: Uint8Array,
  at: number,
): { value: number; bytes: number } | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > 8 || at + length > bytes.length) return undefined;
  const rest = bytes.subarray(at + 1, at + length);
  const value = rest.reduce(
    (x, byte) => x * 256 + byte,
    first & 0xff >> length,
  );
  return { value, bytes: length };
}

function readHead(bytes: Uint8Array, at: number): Head | "short" | undefined {
  const idBytes = Math.clz32(bytes[at] ?? 0) - 23;
  if (idBytes > 4) return undefined;
  const lengthAt = at + idBytes;
  const lengthBytes = Math.clz32(bytes[lengthAt] ?? 0x80) - 23;
  if (lengthBytes > 8) return undefined;
  if (lengthAt >= bytes.length || lengthAt + lengthBytes > bytes.length) {
    return "short";
  }
  const id = readNumber(bytes.subarray(at, lengthAt));
  const { value } = readVint(bytes, lengthAt)!;
  // All ones mean "unknown".
  const length = value === 2 ** (7 * lengthBytes) - 1 ? undefined : value;
  return { id, headBytes: idBytes + lengthBytes, length };
}

function isOurs({ id, length }: Head): boolean {
  if (ENTERED.has(id)) return true;
  if (length === undefined) return false;
  if (PASSED_OVER.has(id)) return true;
  return WHOLE.has(id) && length <= EBML_ELEMENT_BYTES_MAX;
}

/** Where the next document or cluster may begin; the last bytes may be half a mark. */
function nextStart(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const first = bytes[at];
    if (first !== 0x1a && first !== 0x1f) continue;
    if (at + 4 > bytes.length) return at;
    const id = readNumber(bytes.subarray(at, at + 4));
    if (id === EBML.document || id === EBML.cluster) return at;
  }
  return bytes.length;
}
