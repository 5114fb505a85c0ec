/**
 * A listener's node in the swarm: the engine with its sockets, its cache and its
 * gateways.
 *
 * @module
 */
export * from "./node.ts";
export type { SwarmFile } from "./swarm_file.ts";
export type { FileRequest } from "./opening.ts";
