/**
 * Takes an ICY stream apart again, written from the description of the format
 * and not from our interleaver: the oracle of its tests.
 *
 * @module
 */

/** A stream taken apart. */
export interface Deinterleaved {
  audio: Uint8Array;
  /** Text of each block that was not empty, and after how much audio it stood. */
  titles: { atByte: number; text: string }[];
  /** Blocks in all, empty ones included. */
  blocks: number;
}

/** @throws where the stream breaks the format; one may end anywhere */
export function deinterleave(
  stream: Uint8Array,
  interval: number,
): Deinterleaved {
  const audio: number[] = [];
  const titles: Deinterleaved["titles"] = [];
  let blocks = 0;
  let i = 0;
  while (i < stream.length) {
    for (let n = 0; n < interval && i < stream.length; n++) {
      audio.push(stream[i++]!);
    }
    if (i >= stream.length) break;
    const size = stream[i++]! * 16;
    blocks++;
    const text = stream.slice(i, i + size);
    if (text.length < size) throw new Error("A block is cut off");
    i += size;
    if (size === 0) continue;
    const end = text.indexOf(0);
    const used = end < 0 ? text : text.slice(0, end);
    if (text.slice(used.length).some((byte) => byte !== 0)) {
      throw new Error("Something stands after the padding");
    }
    titles.push({
      atByte: audio.length,
      text: new TextDecoder("utf-8", { fatal: true }).decode(used),
    });
  }
  return { audio: Uint8Array.from(audio), titles, blocks };
}

/** The title as FFmpeg, VLC and others cut it out: up to the first `';`. */
export function streamTitle(text: string): string {
  const match = /^StreamTitle='([^]*?)';/.exec(text);
  if (match === null) throw new Error(`No title in ${text}`);
  return match[1]!;
}
