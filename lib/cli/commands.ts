/**
 * Every command of the program, one line each. Commands are loaded when they
 * are asked for, so that none pays for another's imports at start; the paths
 * are literals, so that `deno compile` and `deno bundle` still see them.
 *
 * @module
 */
import type { Command } from "./command.ts";

/** A command before it is loaded. */
export interface CommandEntry {
  /** One line without a full stop, as in the list of `alluvium --help`. */
  readonly summary: string;
  /** Loads the command's file. */
  load(): Promise<{ default: Command }>;
}

/** The commands by name, in the order of `alluvium --help`. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  listen: {
    summary: "Tune in to a station: a local stream and a player page",
    load: () => import("./listen.ts"),
  },
  relay: {
    summary: "Stay on, serve the local network, keep sharing",
    load: () => import("./relay.ts"),
  },
  gateway: {
    summary: "Introduce listeners to each other and hand out hash trees",
    load: () => import("./gateway.ts"),
  },
  broadcast: {
    summary: "Make a station of a folder: playlist.rss and .tree files",
    load: () => import("./broadcast.ts"),
  },
  serve: {
    summary: "Serve a folder over HTTP with the right types and ranges",
    load: () => import("./serve.ts"),
  },
  check: {
    summary: "Validate a playlist and print what plays when",
    load: () => import("./check.ts"),
  },
  fetch: {
    summary: "Download one file through the swarm, verified",
    load: () => import("./fetch.ts"),
  },
  hash: {
    summary: "Print the content ids of files, write .tree files",
    load: () => import("./hash.ts"),
  },
  password: {
    summary: "Print the hash of a password, for a config file",
    load: () => import("./password.ts"),
  },
  start: {
    summary: "Open the start page, as alluvium alone does",
    load: () => import("./start.ts"),
  },
  demo: {
    summary: "Run a whole network on this machine, with bundled media",
    load: () => import("./demo.ts"),
  },
};
