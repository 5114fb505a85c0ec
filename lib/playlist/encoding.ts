/**
 * Playlists that are not UTF-8, as old feeds are: the declaration, or a byte
 * order mark, says what they are, and they are read as that. Pure.
 *
 * @module
 */

/** Bytes in which a declaration has ended, if there is one. */
const HEAD_BYTES = 256;
const DECLARED = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;

/** Whether text in an encoding of that name can be read. */
export function isKnownEncoding(name: string): boolean {
  return decoderOf(name) !== undefined;
}

/**
 * The same document in UTF-8. What cannot be read becomes U+FFFD.
 *
 * @param bytes the document, in pieces of any size
 * @throws whatever `bytes` throws
 */
export async function* asUtf8(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  let decoder: TextDecoder | undefined;
  const encoder = new TextEncoder();
  for await (let chunk of bytes) {
    if (head) {
      chunk = joined(head, chunk);
      if (chunk.length < HEAD_BYTES) {
        head = chunk;
        continue;
      }
      decoder = decoderFor(chunk);
      head = undefined;
    }
    yield decoder
      ? encoder.encode(decoder.decode(chunk, { stream: true }))
      : chunk;
  }
  if (head) decoder = decoderFor(head);
  const rest = head ?? new Uint8Array();
  yield decoder ? encoder.encode(decoder.decode(rest)) : rest;
}

/** What reads a document that begins so; undefined where it is UTF-8. */
function decoderFor(head: Uint8Array): TextDecoder | undefined {
  const [first, second] = head;
  if (first === 0xff && second === 0xfe) return decoderOf("utf-16le");
  if (first === 0xfe && second === 0xff) return decoderOf("utf-16be");
  const declared = DECLARED.exec(new TextDecoder("latin1").decode(head))?.[1];
  const decoder = declared === undefined ? undefined : decoderOf(declared);
  // The declaration could be read byte by byte: whatever it says, it is not UTF-16.
  return decoder && /^utf-/.test(decoder.encoding) ? undefined : decoder;
}

function decoderOf(name: string): TextDecoder | undefined {
  try {
    return new TextDecoder(name);
  } catch {
    return undefined; // No encoding of that name is known.
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
