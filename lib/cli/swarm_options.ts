/**
 * The options of every command that takes part in a swarm, and the node made of
 * them, so that `listen`, `relay` and `fetch` mean the same by the same words.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { PeerNode } from "../peer/node.ts";
import type { CommandContext } from "./command.ts";
import { formatRate } from "./quantities.ts";

/** Least default upload limit, bits per second. */
const UPLOAD_DEFAULT = 1_000_000;

/** Options of the swarm, for a command's `options`. */
export const SWARM_OPTIONS = {
  gateway: {
    type: "list",
    value: "URL",
    group: "Swarm",
    help: "Gateway to use instead of the playlist's own",
  },
  "swarm-port": {
    type: "number",
    default: 7160,
    max: 65_535,
    value: "PORT",
    group: "Swarm",
    help: "Port for other listeners; 0 for any free one",
  },
  cache: {
    type: "string",
    value: "DIR",
    group: "Swarm",
    help: "Folder for received files; the system's cache folder by default",
  },
  "cache-size": {
    type: "size",
    default: 2 * 1024 ** 3,
    group: "Swarm",
    help: "How much to keep of what is no longer playing",
  },
  "upload-limit": {
    type: "rate",
    group: "Swarm",
    help:
      "Most to send to listeners outside the local network; by default four times the station's bitrate, 1Mbit at least",
  },
  "no-lan": {
    type: "boolean",
    group: "Swarm",
    help: "Do not look for other listeners on the local network",
  },
  "no-port-map": {
    type: "boolean",
    group: "Swarm",
    help: "Do not ask the router to let other listeners in",
  },
  public: {
    type: "boolean",
    group: "Swarm",
    help:
      "Be a public mirror: gateways name this address to everyone for whole files",
  },
  "no-share": {
    type: "boolean",
    group: "Swarm",
    help: "Send nothing to others and be seen by nobody",
  },
} as const;

/** A context whose command has {@linkcode SWARM_OPTIONS}. */
export type SwarmContext = CommandContext<typeof SWARM_OPTIONS>;

/**
 * Starts a node as the options say. Close it when done.
 *
 * @throws {AlluviumError} `usage` for --public with --no-share
 */
export function startNode(context: SwarmContext): Promise<PeerNode> {
  const { options, clock, log, random } = context;
  if (options.public && options["no-share"]) {
    throw new AlluviumError("usage", "Cannot be --public with --no-share");
  }
  const cache = options.cache ?? cacheFolder(context);
  return PeerNode.start({
    clock,
    log,
    random,
    cacheFolder: cache,
    cacheBytes: options["cache-size"],
    port: options["swarm-port"],
    share: !options["no-share"],
    public: options.public,
    lan: !options["no-lan"],
    mapPort: !options["no-port-map"],
    uploadBytesPerSecond: uploadLimit(context, 0) / 8,
    ...(options.gateway.length > 0 ? { gateways: options.gateway } : {}),
  });
}

/**
 * The upload limit in bits per second: as given, else the larger of 1 Mbit/s
 * and four times what the stations need together.
 *
 * @param stationBitrate bits per second; 0 while unknown
 */
export function uploadLimit(
  { options }: SwarmContext,
  stationBitrate: number,
): number {
  return options["upload-limit"] ??
    Math.max(UPLOAD_DEFAULT, 4 * stationBitrate);
}

/** What a person should know who takes part: one line for the start. */
export function sharingNotice(
  context: SwarmContext,
  limitBitsPerSecond: number,
): string {
  return context.options["no-share"]
    ? "Sharing nothing with other listeners"
    : `Sharing with other listeners, up to ${
      formatRate(limitBitsPerSecond)
    }; they see your address (--no-share)`;
}

/** The platform's folder for what can be fetched again; undefined where there is none. */
export function cacheFolder(
  { env }: Pick<CommandContext, "env">,
): string | undefined {
  const home = env("HOME");
  switch (Deno.build.os) {
    case "windows": {
      const local = env("LOCALAPPDATA");
      return local === undefined ? undefined : `${local}\\alluvium\\cache`;
    }
    case "darwin":
      return home === undefined ? undefined : `${home}/Library/Caches/alluvium`;
    default: {
      const base = env("XDG_CACHE_HOME") ??
        (home === undefined ? undefined : `${home}/.cache`);
      return base === undefined ? undefined : `${base}/alluvium`;
    }
  }
}
