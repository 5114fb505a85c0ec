/**
 * Title and performer from an ID3v2 tag (id3.org: 2.2, 2.3, 2.4), read in
 * place: pictures are stepped over by offset, never fetched.
 *
 * Leaves to others: every other field, ID3v1, and tags longer than they say.
 *
 * @module
 */
import {
  ID3_FIELDS_MAX,
  ID3_UNSYNC_BYTES_MAX,
  TAG_TEXT_BYTES_MAX,
} from "../../limits.ts";
import { u16be, u32be } from "../bytes.ts";
import { fromBytes, type RandomAccess } from "../random_access.ts";
import { syncsafe } from "./tag_bytes.ts";

/** What we take from tags, wherever they come from. */
export interface TagText {
  /** The title. */
  title?: string;
  /** The performer. */
  creator?: string;
}

const TITLE_FIELDS = new Set(["TIT2", "TT2"]);
const CREATOR_FIELDS = new Set(["TPE1", "TP1"]);
/** Bytes read at once: most tags without a picture fit. */
const WINDOW_BYTES = 4096;
const HEADER_BYTES = 10;

/** One field's place. */
interface Field {
  id: string;
  start: number;
  bytes: number;
  /** Offset of the next field. */
  next: number;
}

/**
 * Reads the ID3v2 tag of `bytes` bytes at `offset`. What cannot be understood
 * is left out.
 *
 * @throws whatever the source throws
 */
export async function readId3v2(
  source: RandomAccess,
  place: { offset: number; bytes: number },
  signal?: AbortSignal,
): Promise<TagText> {
  const head = await source.read(place.offset, HEADER_BYTES, signal);
  const version = head[3] ?? 0;
  const flags = head[5] ?? 0;
  const start = place.offset + HEADER_BYTES;
  const end = Math.min(place.offset + place.bytes, source.size);
  if ((flags & 0x80) === 0 || version === 4) {
    return await readFields(source, { version, flags, start, end }, signal);
  }
  if (end - start > ID3_UNSYNC_BYTES_MAX) return {};
  const plain = fromBytes(
    dropStuffing(await source.read(start, end - start, signal)),
  );
  return await readFields(
    plain,
    { version, flags, start: 0, end: plain.size },
    signal,
  );
}

/** Undoes unsynchronisation: FF 00 stands for FF. */
function dropStuffing(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, i) => byte !== 0 || bytes[i - 1] !== 0xff);
}

interface TagBody {
  version: number;
  flags: number;
  start: number;
  end: number;
}

async function readFields(
  source: RandomAccess,
  tag: TagBody,
  signal: AbortSignal | undefined,
): Promise<TagText> {
  const view = new Window(source, signal);
  const text: TagText = {};
  let at = await fieldsStart(view, tag);
  for (let i = 0; i < ID3_FIELDS_MAX && at < tag.end; i++) {
    const field = parseField(await view.get(at, HEADER_BYTES), at, tag);
    if (field === undefined) break;
    if (TITLE_FIELDS.has(field.id)) {
      keep(text, "title", await readText(view, field));
    }
    if (CREATOR_FIELDS.has(field.id)) {
      keep(text, "creator", await readText(view, field));
    }
    if (text.title !== undefined && text.creator !== undefined) break;
    at = field.next;
  }
  return text;
}

/** The extended header counts itself in version 4 and not in version 3. */
async function fieldsStart(view: Window, tag: TagBody): Promise<number> {
  if ((tag.flags & 0x40) === 0 || tag.version === 2) return tag.start;
  const head = await view.get(tag.start, 4);
  return tag.version === 4
    ? tag.start + (syncsafe(head, 0) ?? 0)
    : tag.start + 4 + u32be(head, 0);
}

function parseField(
  head: Uint8Array,
  at: number,
  tag: TagBody,
): Field | undefined {
  const old = tag.version === 2;
  const idBytes = old ? 3 : 4;
  const headBytes = old ? 6 : HEADER_BYTES;
  const id = String.fromCharCode(...head.subarray(0, idBytes));
  if (head.length < headBytes || !/^[A-Z0-9]+$/.test(id)) return undefined;
  const size = old
    ? u32be(head, 2) & 0xffffff
    : tag.version === 4
    ? syncsafe(head, 4)
    : u32be(head, 4);
  if (size === undefined) return undefined;
  const start = at + headBytes;
  const prefix = old ? 0 : fieldPrefix(tag.version, u16be(head, 8));
  const next = start + size;
  if (next > tag.end) return undefined;
  // Packed or secret fields keep their place and lose their name.
  return prefix === undefined || prefix > size
    ? { id: "", start, bytes: 0, next }
    : { id, start: start + prefix, bytes: size - prefix, next };
}

/** Bytes before a field's text; `undefined` when it is compressed or encrypted. */
function fieldPrefix(version: number, flags: number): number | undefined {
  if (version === 3) {
    return (flags & 0xc0) !== 0 ? undefined : (flags & 0x20) !== 0 ? 1 : 0;
  }
  if ((flags & 0x0c) !== 0) return undefined;
  return ((flags & 0x40) !== 0 ? 1 : 0) + ((flags & 0x01) !== 0 ? 4 : 0);
}

async function readText(view: Window, field: Field): Promise<string> {
  if (field.bytes < 2 || field.bytes > TAG_TEXT_BYTES_MAX) return "";
  const bytes = await view.get(field.start, field.bytes);
  return cleanText(decode(bytes[0]!, bytes.subarray(1)));
}

function decode(encoding: number, bytes: Uint8Array): string {
  switch (encoding) {
    case 0:
      return new TextDecoder("windows-1252").decode(bytes);
    case 1: {
      const big = bytes[0] === 0xfe && bytes[1] === 0xff;
      return new TextDecoder(big ? "utf-16be" : "utf-16le").decode(bytes);
    }
    case 2:
      return new TextDecoder("utf-16be").decode(bytes);
    case 3:
      return new TextDecoder().decode(bytes);
    default:
      return "";
  }
}

/** The first of several values, without control characters and outer blanks. */
export function cleanText(text: string): string {
  const first = text.replace(/^\0+/, "").split("\0", 1)[0]!;
  // deno-lint-ignore no-control-regex
  return first.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
}

/** Sets a field once, and only to something. */
function keep(text: TagText, field: keyof TagText, value: string): void {
  if (value !== "" && text[field] === undefined) text[field] = value;
}

/** Small reads at nearby places, served from one larger read. */
class Window {
  readonly #source: RandomAccess;
  readonly #signal: AbortSignal | undefined;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(source: RandomAccess, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  async get(offset: number, length: number): Promise<Uint8Array> {
    const from = offset - this.#start;
    if (from < 0 || from + length > this.#bytes.length) {
      this.#start = offset;
      this.#bytes = await this.#source.read(
        offset,
        Math.max(length, WINDOW_BYTES),
        this.#signal,
      );
    }
    const at = offset - this.#start;
    return this.#bytes.subarray(at, at + length);
  }
}
