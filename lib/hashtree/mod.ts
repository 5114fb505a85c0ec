/**
 * The hash tree of a file, BitTorrent v2 (BEP 52): building it while bytes
 * arrive, proving and verifying runs of it, its names and its sidecar. Pure.
 *
 * @module
 */
export * from "./geometry.ts";
export * from "./hash.ts";
export * from "./layer.ts";
export * from "./tree.ts";
export * from "./proof.ts";
export * from "./leaf_hashes.ts";
export * from "./content_id.ts";
export * from "./sidecar.ts";
