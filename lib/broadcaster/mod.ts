/**
 * The Broadcaster: from a folder of media, a programme file or a player's
 * playlist to a station.
 *
 * @module
 */
export * from "./broadcast.ts";
export * from "./programme.ts";
export * from "./watch.ts";
export { isPlayerPlaylist } from "./player_playlist.ts";
export * from "./web_servers.ts";
export type { PlanProblem } from "../planner/airing.ts";
export type { SkippedFile, SurveyProgress } from "./survey.ts";
