/**
 * The gateway: introduces listeners to each other, hashes files nobody has
 * hashed, hands out leaf hashes, leases and its own copies.
 *
 * @module
 */
export {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type GatewayStatus,
} from "./gateway.ts";
export type { DialBack } from "./dial_back.ts";
export type { Resolver } from "./guard.ts";
export type { DistantJob, HashClaim, HashClaims } from "./hash_claims.ts";
export type { FileFacts } from "./media_origin.ts";
export * from "./messages.ts";
export type { MirrorCheck, MirrorQuestion } from "./mirrors.ts";
export * from "./neighbours.ts";
export * from "./store.ts";
export { MemoryStore } from "./memory_store.ts";
export { SqliteStore } from "./sqlite_store.ts";
