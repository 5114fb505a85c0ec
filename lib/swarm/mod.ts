/**
 * The swarm engine and its wire format: pure, so that the program and the
 * simulator run the same code.
 *
 * @module
 */
export * from "./actions.ts";
export type { Reach } from "./address_space.ts";
export * from "./content.ts";
export * from "./engine.ts";
export type { AgedId } from "./fields.ts";
export * from "./flow.ts";
export * from "./holders.ts";
export * from "./leaf_set.ts";
export * from "./link.ts";
export type { Self } from "./link_table.ts";
export * from "./members.ts";
export * from "./messages.ts";
export type { Family, Place } from "./places.ts";
export * from "./roll.ts";
export * from "./uploads.ts";
