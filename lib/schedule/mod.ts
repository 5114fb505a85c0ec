/**
 * The schedule: what is on the air at a time, and what time it is. Pure.
 *
 * @module
 */
export * from "./slot.ts";
export * from "./programme.ts";
export * from "./clock_offset.ts";
