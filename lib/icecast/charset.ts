/**
 * Titles in other alphabets than UTF-8: what a source sends in its own, and what
 * an old player can show. Pure.
 *
 * Promises: text without a charset is UTF-8 where it can be, else windows-1252,
 * which is what browsers make of "Latin-1" (WHATWG Encoding, section 4.2). What
 * a charset lacks becomes the letter without its accent, else `?`; never an
 * entity such as `&#9731;`, which players show as it stands.
 *
 * @module
 */

/** Bytes of one single-byte charset by character. */
type Table = ReadonlyMap<string, number>;

/** Characters of the poorest charset of that kind (211, ISO-8859-6); Shift JIS has 192 of one byte. */
const SINGLE_BYTE_MIN = 200;

const tables = new Map<string, Table | undefined>();

/** Whether titles can be sent in this charset: UTF-8 and those of one byte a character. */
export function isKnownCharset(charset: string): boolean {
  return isUtf8(charset) || tableOf(charset) !== undefined;
}

/**
 * Text as bytes of a charset.
 *
 * @param charset a label of the Encoding standard; an unknown one means UTF-8
 */
export function encodeText(text: string, charset = "utf-8"): Uint8Array {
  const table = isUtf8(charset) ? undefined : tableOf(charset);
  if (table === undefined) return new TextEncoder().encode(text);
  const bytes: number[] = [];
  for (const character of text) bytes.push(...bytesOf(character, table));
  return Uint8Array.from(bytes);
}

/**
 * Bytes as text.
 *
 * @param charset what the sender called it; unknown labels count as none
 */
export function decodeText(bytes: Uint8Array, charset?: string): string {
  if (charset !== undefined) {
    const decoder = decoderOf(charset);
    if (decoder !== undefined) return decoder.decode(bytes);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function isUtf8(charset: string): boolean {
  return /^utf-?8$/i.test(charset.trim());
}

function decoderOf(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset.trim());
  } catch {
    return undefined;
  }
}

function bytesOf(character: string, table: Table): number[] {
  const known = table.get(character);
  if (known !== undefined) return [known];
  const plain = character.normalize("NFKD").replace(/\p{M}/gu, "");
  const bytes = [...plain].map((x) => table.get(x));
  return bytes.length > 0 && bytes.every((x) => x !== undefined)
    ? bytes as number[]
    : [63];
}

/** Made by decoding every byte; undefined where the charset is not of that kind. */
function tableOf(charset: string): Table | undefined {
  const key = charset.trim().toLowerCase();
  if (tables.has(key)) return tables.get(key);
  const table = makeTable(key);
  if (tables.size < 64) tables.set(key, table);
  return table;
}

function makeTable(charset: string): Table | undefined {
  const decoder = decoderOf(charset);
  if (decoder === undefined) return undefined;
  const table = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    const text = decoder.decode(Uint8Array.of(byte));
    if (byte < 128 ? text !== String.fromCharCode(byte) : text.length !== 1) {
      return undefined;
    }
    if (text !== "\ufffd") table.set(text, byte);
  }
  return table.size >= SINGLE_BYTE_MIN ? table : undefined;
}
