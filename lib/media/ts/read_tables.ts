/**
 * The tables of an MPEG-TS file (ISO 13818-1, 2.4.4): which programme there is and
 * what streams it has. Pure and total.
 *
 * @module
 */

/** One stream of a programme. */
export interface TsStream {
  pid: number;
  /**
   * What it holds. MPEG audio of any layer is "mp3" until a frame was seen; "other"
   * may be sound that no mount takes.
   */
  codec: "aac" | "mp3" | "h264" | "hevc" | "other";
}

/** Stream types (table 2-34). */
const TYPES: Readonly<Record<number, TsStream["codec"]>> = {
  0x03: "mp3",
  0x04: "mp3",
  0x0f: "aac",
  0x1b: "h264",
  0x24: "hevc",
  // Private data (AC-3, subtitles), AAC in LATM, AC-3 and its kin.
  ...Object.fromEntries(
    [0x06, 0x11, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87]
      .map((type) => [type, "other" as const]),
  ),
};

/** PID of the first programme's map, as a PAT says behind its pointer. */
export function programmeMap(payload: Uint8Array): number | undefined {
  const section = sectionOf(payload, 0);
  if (section === undefined) return undefined;
  for (let at = 8; at + 4 <= section.length - 4; at += 4) {
    const number = (section[at]! << 8) | section[at + 1]!;
    if (number !== 0) return pidAt(section, at + 2);
  }
  return undefined;
}

/** The streams of a PMT behind its pointer; `undefined` when this is none. */
export function programmeStreams(payload: Uint8Array): TsStream[] | undefined {
  const section = sectionOf(payload, 2);
  if (section === undefined || section.length < 16) return undefined;
  const streams: TsStream[] = [];
  const skipped = ((section[10]! & 15) << 8) | section[11]!;
  for (let at = 12 + skipped; at + 5 <= section.length - 4;) {
    const codec = TYPES[section[at]!];
    if (codec !== undefined) {
      streams.push({ pid: pidAt(section, at + 1), codec });
    }
    at += 5 + (((section[at + 3]! & 15) << 8) | section[at + 4]!);
  }
  return streams;
}

/** A section of a table, as far as it lies in one packet. */
function sectionOf(payload: Uint8Array, table: number): Uint8Array | undefined {
  const start = 1 + (payload[0] ?? 0);
  if (start + 12 > payload.length || payload[start] !== table) return undefined;
  const length = ((payload[start + 1]! & 15) << 8) | payload[start + 2]!;
  return payload.subarray(start, start + 3 + length);
}

function pidAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 31) << 8) | bytes[at + 1]!;
}
