/**
 * What a source says about its stream, from its headers: `ice-name`,
 * `icy-name`, `ice-audio-info` and the rest, as libshout, ffmpeg, butt and
 * Shoutcast encoders send them. Pure.
 *
 * @module
 */
import { SOURCE_TEXT_CHARACTERS_MAX } from "../../limits.ts";
import type { MountInfo } from "../mount_info.ts";

/** Media type of a SOURCE that names none, by Icecast's rule. */
export const DEFAULT_CONTENT_TYPE = "audio/mpeg";

/** A mount's info by the headers of its source; what they do not say is absent. */
export function sourceInfo(
  headers: ReadonlyMap<string, string>,
): Partial<MountInfo> {
  const audio = audioInfo(headers.get("ice-audio-info") ?? "");
  const kilobits = number(text(headers, "bitrate") ?? text(headers, "br")) ??
    audio.bitrate;
  const info = {
    name: text(headers, "name"),
    description: text(headers, "description"),
    genre: text(headers, "genre"),
    url: text(headers, "url"),
    bitrate: kilobits === undefined ? undefined : kilobits * 1000,
    sampleRate: audio.samplerate,
    channels: audio.channels,
    isPublic: isYes(text(headers, "public") ?? text(headers, "pub")),
  };
  const known: Partial<MountInfo> = {};
  for (const [name, value] of Object.entries(info)) {
    if (value !== undefined) Object.assign(known, { [name]: value });
  }
  return known;
}

/** The bare media type of a header, lower case; undefined for what is none. */
export function mediaType(header: string | undefined): string | undefined {
  const type = header?.split(";")[0]?.trim().toLowerCase() ?? "";
  return /^[a-z]+\/[a-z0-9.+-]+$/.test(type) ? type : undefined;
}

/** `ice-NAME`, else `icy-NAME`, cut to what a title may be long. */
function text(
  headers: ReadonlyMap<string, string>,
  name: string,
): string | undefined {
  const value = headers.get(`ice-${name}`) ?? headers.get(`icy-${name}`);
  return value === undefined || value === ""
    ? undefined
    : value.slice(0, SOURCE_TEXT_CHARACTERS_MAX).toWellFormed();
}

/** `bitrate=128;channels=2;samplerate=44100`, each also with `ice-` in front. */
function audioInfo(
  header: string,
): Partial<Record<"bitrate" | "channels" | "samplerate", number>> {
  const found: Record<string, number> = {};
  for (const part of header.split(";")) {
    const [name = "", value] = part.split("=");
    const amount = number(value);
    if (amount !== undefined) found[name.trim().replace(/^ice-/, "")] = amount;
  }
  return found;
}

function number(value: string | undefined): number | undefined {
  const amount = Number(value?.trim() || NaN);
  return amount > 0 && amount < 1e6 ? Math.round(amount) : undefined;
}

function isYes(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : /^(1|yes|true)$/i.test(value);
}
