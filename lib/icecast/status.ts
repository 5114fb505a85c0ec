/**
 * `/status-json.xsl`, field for field as Icecast 2.4.4 answers, because
 * statistics pages read it: `source` is an object for one mount, a list for
 * several, and absent for none; fields are in alphabetical order with `dummy`
 * last; dates end in +0000.
 *
 * @module
 */
import type { Codec } from "../media/packet.ts";
import { audioInfoOf, kilobits, SERVER_NAME } from "./response_head.ts";
import type { Mount } from "./mount.ts";

/** What is told of a mount besides what it knows itself. */
export interface SourceContext {
  /** Where the mounts are, without a slash at the end, e.g. `http://localhost:8000`. */
  baseUrl: string;
  /** Whether it asks listeners for a name and password. */
  needsLogin(path: string): boolean;
}

/** What stands above the sources. */
export interface StatusOptions extends SourceContext {
  /** When the server started, since the Unix epoch. */
  startedAtMs: number;
}

/** One mount, as statistics pages know it. */
export type SourceStatus = Record<string, string | number | null>;

/** The whole answer. */
export interface StatusDocument {
  /** Icecast's name for all of it. */
  icestats: Record<
    string,
    string | null | SourceStatus | SourceStatus[]
  >;
}

/** The status of some mounts. */
export function statusDocument(
  mounts: readonly Mount[],
  options: StatusOptions,
): StatusDocument {
  const sources = mounts.map((mount) => sourceStatus(mount, options));
  const [only] = sources;
  return {
    icestats: {
      admin: "icemaster@localhost",
      host: new URL(options.baseUrl).hostname,
      location: "Earth",
      server_id: SERVER_NAME,
      server_start: rfc822(options.startedAtMs),
      server_start_iso8601: iso8601(options.startedAtMs),
      ...(only === undefined
        ? {}
        : { source: sources.length === 1 ? only : sources }),
      dummy: null,
    },
  };
}

/** What Icecast calls the codecs in Ogg. */
const SUBTYPES: Readonly<Partial<Record<Codec, string>>> = {
  flac: "FLAC",
  opus: "Opus",
  vorbis: "Vorbis",
};

/** One mount's fields; those of Icecast's that we know, and no others. */
export function sourceStatus(
  mount: Mount,
  { baseUrl, needsLogin }: SourceContext,
): SourceStatus {
  const { info } = mount;
  const subtype = /ogg/.test(info.contentType) && info.codec
    ? SUBTYPES[info.codec]
    : undefined;
  const fields: Record<string, string | number | undefined> = {
    ...(subtype === undefined ? {} : {
      audio_bitrate: info.bitrate,
      audio_channels: info.channels,
    }),
    audio_info: audioInfoOf(info) || undefined,
    ...(subtype === undefined ? {} : { audio_samplerate: info.sampleRate }),
    authenticator: needsLogin(mount.path) ? "htpasswd" : undefined,
    bitrate: info.bitrate && kilobits(info.bitrate),
    genre: info.genre || "various",
    "ice-bitrate": info.bitrate && kilobits(info.bitrate),
    "ice-channels": info.channels,
    "ice-samplerate": info.sampleRate,
    listener_peak: mount.listenerPeak,
    listeners: mount.listeners,
    listenurl: baseUrl + mount.path,
    server_description: info.description || "Unspecified description",
    server_name: info.name || "Unspecified name",
    server_type: info.contentType,
    server_url: info.url,
    stream_start: rfc822(mount.startedAtMs),
    stream_start_iso8601: iso8601(mount.startedAtMs),
    subtype,
    title: mount.title || undefined,
  };
  const known: SourceStatus = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) known[name] = value;
  }
  return { ...known, dummy: null };
}

/** `Sun, 22 Nov 2026 10:14:44 +0000`. */
export function rfc822(ms: number): string {
  return new Date(ms).toUTCString().replace("GMT", "+0000");
}

/** `2026-11-22T10:14:44+0000`. */
export function iso8601(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "+0000");
}
