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
  codec?: "mp3" | "opus" | "flac";
  /** Constant for MP3, on average for Opus, nothing to FLAC. @default {128} */
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
    args: ["-sample_fmt", "s16p", "-c:a", "libmp3lame"],
  },
  opus: { rate: 48_000, args: ["-sample_fmt", "s16", "-c:a", "libopus"] },
  // Noise does not shrink: 1.4 Mbit/s.
  flac: {
    rate: 44_100,
    args: ["-sample_fmt", "s16", "-c:a", "flac", "-f", "ogg"],
  },
};

let seeds = 1;

/** Makes a media file, other noise each time. */
export async function makeMedia(path: string, spec: MediaSpec): Promise<void> {
  const { seconds, codec = "mp3", kbit = 128, title, creator } = spec;
  const { rate, args } = ENCODERS[codec];
  const noise = () =>
    `anoisesrc=c=white:a=0.6:r=${rate}:seed=${seeds++}:d=${seconds}`;
  const both = `${noise()}[l];${noise()}[r];[l][r]amerge=inputs=2`;
  const { code, stderr } = await run(program("ffmpeg").required(), [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", both],
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
