/**
 * Playlists: RSS 1.0 in, plain data out, and back; and the shell that keeps one
 * fresh.
 *
 * @module
 */
export * from "./playlist.ts";
export * from "./w3cdtf.ts";
export * from "./parse.ts";
export * from "./write.ts";
export * from "./refresh.ts";
export * from "./load.ts";
export type { Clock } from "../clock.ts";
export type { Log, LogLevel } from "../log.ts";
export {
  AlluviumError,
  ERROR_TABLE,
  type ErrorCode,
  type ErrorPlace,
  type Fault,
} from "../errors.ts";
