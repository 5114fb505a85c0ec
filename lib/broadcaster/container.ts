/**
 * What a file is served as: its first bytes say which container it is, whatever
 * its name says. Pure but for reading them.
 *
 * @module
 */
import type { Codec } from "../media/packet.ts";
import type { RandomAccess } from "../media/random_access.ts";
import { typeOfName } from "./media_types.ts";

/** Longer than the marks looked for. */
const HEAD_BYTES = 12;

/** Containers by their first bytes, and what they are where the name says none of it. */
const MARKS: readonly { at: number; mark: string; type: string }[] = [
  { at: 0, mark: "fLaC", type: "audio/flac" },
  { at: 0, mark: "RIFF", type: "audio/wav" },
  { at: 0, mark: "\x1aE\xdf\xa3", type: "video/webm" },
  { at: 4, mark: "ftyp", type: "video/mp4" },
];

/**
 * The media type of a file.
 *
 * @param path its name, where the content does not decide
 * @param codec what it was found to hold; undefined where nobody knows
 * @returns with the codec where it is in doubt, e.g. `audio/ogg; codecs=opus`
 */
export async function mediaTypeOf(
  access: RandomAccess,
  path: string,
  codec: Codec | undefined,
): Promise<string> {
  const head = new TextDecoder("latin1")
    .decode(await access.read(0, HEAD_BYTES));
  if (head.startsWith("OggS")) {
    return codec === undefined ? "audio/ogg" : `audio/ogg; codecs=${codec}`;
  }
  const named = typeOfName(path);
  const marked = MARKS.find(({ at, mark }) => head.startsWith(mark, at));
  if (marked) return sameFamily(marked.type, named) ? named! : marked.type;
  // What has no mark of its own is told by its codec: frames one after another.
  if (head.startsWith("G") && named === "video/mp2t") return named;
  if (codec === "mp3") return "audio/mpeg";
  if (codec === "aac") return "audio/aac";
  return named ?? "application/octet-stream";
}

/** Whether a name says the same container, with or without pictures. */
function sameFamily(type: string, named: string | undefined): boolean {
  const family = (text: string) =>
    text.replace(/^\w+\//, "").replace("x-matroska", "webm");
  return named !== undefined && family(named) === family(type);
}
