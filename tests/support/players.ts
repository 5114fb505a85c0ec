/**
 * Players that no one here wrote, pointed at a stream: curl, which keeps the
 * bytes; ffprobe and mpv, which say what they make of them.
 *
 * @module
 */

import { ICY_METADATA_INTERVAL_BYTES } from "../../lib/limits.ts";
import { deinterleave, streamTitle } from "../icecast/deinterleave.ts";
import { run } from "./processes.ts";
import { program } from "./programs.ts";

/** What came out of a stream. */
export interface Received {
  /** The bytes, without titles between them. */
  audio: Uint8Array;
  /** Titles in the order in which they came; of MP3 alone. */
  titles: string[];
}

/** curl's exit code when `--max-time` has passed. */
const CURL_TIMED_OUT = 28;

/** Receives a stream for some seconds with curl. */
export async function receive(
  url: string,
  seconds: number,
): Promise<Received> {
  const icy = url.endsWith(".mp3");
  const { code, bytes, stderr } = await run(program("curl").required(), [
    ...["-s", "-S", "--fail", "--max-time", `${seconds}`],
    ...(icy ? ["-H", "Icy-MetaData: 1"] : []),
    url,
  ], { timeoutMs: (seconds + 20) * 1000 });
  if (code !== CURL_TIMED_OUT) {
    throw new Error(`The stream ended, curl said ${code}: ${stderr}`);
  }
  if (!icy) return { audio: bytes, titles: [] };
  const { audio, titles } = deinterleave(
    whole(bytes),
    ICY_METADATA_INTERVAL_BYTES,
  );
  return { audio, titles: titles.map(({ text }) => streamTitle(text)) };
}

/** Without a metadata block that was cut off. */
function whole(bytes: Uint8Array): Uint8Array {
  const step = ICY_METADATA_INTERVAL_BYTES;
  for (let at = step; at < bytes.length; at += step) {
    const size = 1 + bytes[at]! * 16;
    if (at + size > bytes.length) return bytes.subarray(0, at);
    at += size;
  }
  return bytes;
}

/** What ffprobe says of a stream. */
export interface Probed {
  codec: string;
  /** The title of the moment: ICY's, or the Ogg comment's. */
  title: string;
}

/**
 * Probes a stream with ffprobe.
 *
 * @throws {Error} where it finds anything wrong
 */
export async function probeStream(url: string): Promise<Probed> {
  const { code, stdout, stderr } = await run(program("ffprobe").required(), [
    ..."-v error -of json -show_format -show_streams".split(" "),
    url,
  ]);
  if (code !== 0 || stderr !== "") throw new Error(`ffprobe: ${stderr}`);
  const { format, streams } = JSON.parse(stdout);
  const [{ codec_name, tags = {} }] = streams;
  return {
    codec: codec_name,
    title: format.tags?.StreamTitle ?? tags.title ?? tags.TITLE,
  };
}

/**
 * Plays some seconds of a stream with mpv, without sound.
 *
 * @returns the title it showed
 * @throws {Error} where it does not play to the end of them, or complains
 */
export async function playWithMpv(
  url: string,
  seconds: number,
): Promise<string> {
  const { code, stdout } = await run(program("mpv").required(), [
    ..."--no-config --ao=null --vo=null --no-video".split(" "),
    ...["--term-status-msg=", "--msg-level=all=v", `--length=${seconds}`],
    url,
  ]);
  const played = /Starting playback/.test(stdout);
  if (code !== 0 || !played || /\[(ffmpeg|ad)[^\]]*\] .*error/i.test(stdout)) {
    throw new Error(`mpv ended with ${code}:\n${stdout}`);
  }
  const titles = stdout.match(/^.*(?:icy-title|(?<!icy-)[Tt]itle): (.*)$/m);
  return titles?.[1]?.trim() ?? "";
}
