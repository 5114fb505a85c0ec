/**
 * Mounts: endless streams as Icecast serves them, for any media player.
 *
 * @module
 */
export { type BlockQueueOptions } from "./block_queue.ts";
export { type IcyMetadata, metadataBlock } from "./icy.ts";
export {
  type Listener,
  type ListenerInfo,
  type ListenerState,
} from "./listener.ts";
export {
  type AttachOptions,
  Mount,
  type MountInfo,
  type MountOptions,
} from "./mount.ts";
export { isMountPath, MountTable } from "./mount_table.ts";
export { pace, type PaceOptions, Pacer } from "./pacer.ts";
export { mountRoutes, type MountRoutesOptions } from "./routes.ts";
export {
  type SourceStatus,
  type StatusDocument,
  statusDocument,
  type StatusOptions,
} from "./status.ts";
export type { Clock } from "../clock.ts";
export type { MountChunk } from "../media/packet.ts";
