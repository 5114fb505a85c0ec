/**
 * `/status-json.xsl`, field for field as Icecast 2.4.4 answers, because
 * statistics pages read it: `source` is an object for one mount, a list for
 * several, and absent for none; fields are in alphabetical order with `dummy`
 * last; dates end in +0000.
 *
 * @module
 */
import { audioInfoOf, kilobits, SERVER_NAME } from "./response_head.ts";
import type { Mount } from "./mount.ts";

/** What stands above the sources. */
export interface StatusOptions {
  /** Where the mounts are, without a slash at the end, e.g. `http://localhost:8000`. */
  baseUrl: string;
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
  const sources = mounts.map((mount) => sourceStatus(mount, options.baseUrl));
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

/** One mount's fields; those of Icecast's that we know, and no others. */
export function sourceStatus(mount: Mount, baseUrl: string): SourceStatus {
  const { info } = mount;
  const fields: Record<string, string | number | undefined> = {
    audio_info: audioInfoOf(info) || undefined,
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
