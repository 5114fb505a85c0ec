/**
 * Media for tests, made by ffmpeg: noise, so that no two frames are alike and a
 * frame found in a stream has one place in its file.
 *
 * @module
 */

import { run } from "./processes.ts";
import { program } from "./programs.ts";

/** A file to make. */
export interface MediaSpec {
  /** How long it plays. */
  seconds: number;
  /** @default {"mp3"} */
  codec?: "mp3" | "opus";
  /** Constant for MP3, on average for Opus. @default {128} */
  kbit?: number;
  /** Its title tag, and its title in a playlist. */
  title: string;
  /** Its artist tag. */
  creator?: string;
}

/** What each codec is made with. */
const ENCODERS = {
  mp3: {
    rate: 44_100,
    args: ["-c:a", "libmp3lame", "-compression_level", "9"],
  },
  opus: { rate: 48_000, args: ["-c:a", "libopus"] },
};

let seeds = 1;

/** Makes a media file, other noise each time. */
export async function makeMedia(path: string, spec: MediaSpec): Promise<void> {
  const { seconds, codec = "mp3", kbit = 128, title, creator } = spec;
  const { rate, args } = ENCODERS[codec];
  const noise = `anoisesrc=c=pink:a=0.3:r=${rate}:seed=${seeds++}:d=${seconds}`;
  const { code, stderr } = await run(program("ffmpeg").required(), [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", noise, "-ac", "2"],
    ...[...args, "-b:a", `${kbit}k`, "-metadata", `title=${title}`],
    ...(creator === undefined ? [] : ["-metadata", `artist=${creator}`]),
    path,
  ]);
  if (code !== 0) throw new Error(`Cannot make ${path}:\n${stderr}`);
}

/** The media type of a file by its ending. */
export function mediaType(path: string): string {
  return path.endsWith(".mp3") ? "audio/mpeg" : "audio/ogg";
}
