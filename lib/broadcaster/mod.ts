/**
 * The Broadcaster: from a folder of media to a station.
 *
 * @module
 */
export * from "./broadcast.ts";
export type { SkippedFile, SurveyProgress } from "./survey.ts";
