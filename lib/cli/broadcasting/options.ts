/**
 * What `alluvium broadcast` can be told.
 *
 * @module
 */
import type { CommandContext } from "../command.ts";

/** The options. */
export const OPTIONS = {
  "base-url": {
    type: "string",
    value: "URL",
    help:
      "The folder's address on the web; without it the playlist works wherever the folder is served",
  },
  gateway: {
    type: "list",
    value: "URL",
    help: "Gateway through which listeners find each other",
  },
  start: {
    type: "string",
    value: "TIME",
    help:
      "Play each file once, from this time on (or now), UTC if no zone is given; without it the files repeat for ever",
  },
  title: {
    type: "string",
    help: "The station's title; the folder's name by default",
  },
  output: {
    type: "string",
    short: "o",
    value: "FILE",
    help: "Where to write the playlist; FOLDER/playlist.rss by default",
  },
  init: {
    type: "boolean",
    help:
      "Write FOLDER/station.toml, a programme file with every field explained, or change title, addresses and zone in the one there is",
  },
  "time-zone": {
    type: "string",
    value: "ZONE",
    help:
      "For --init: the zone of the programme's times; this machine's by default",
  },
  watch: {
    type: "boolean",
    help:
      "Go on, and do it again when the folder or the programme file changes",
  },
  "change-now": {
    type: "boolean",
    help:
      "Let a changed programme file change what is on the air and next, too",
  },
  server: {
    type: "string",
    value: "NAME",
    help:
      "Print what to write into the configuration of nginx, apache, caddy or lighttpd, and do nothing else",
  },
} as const;

/** What the command is run with. */
export type BroadcastContext = CommandContext<typeof OPTIONS>;
