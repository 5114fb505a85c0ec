/**
 * The planner: a programme file and media in, what plays when out. Pure.
 *
 * @module
 */
export * from "./airing.ts";
export * from "./station.ts";
export * from "./station_text.ts";
export { readStation } from "./station_reader.ts";
export { compacted } from "./history.ts";
export type { Library } from "./shelf.ts";
export * from "./plan.ts";
