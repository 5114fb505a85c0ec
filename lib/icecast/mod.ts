/**
 * Mounts: endless streams as Icecast serves them, for any media player.
 *
 * @module
 */
export {
  type Block,
  BlockQueue,
  type BlockQueueOptions,
  type Run,
} from "./block_queue.ts";
export { type AccountOptions } from "./auth/accounts.ts";
export {
  ListenerUsers,
  parseUserTable,
  type UserTable,
} from "./auth/listener_users.ts";
export { hashPassword, isPasswordHash } from "./auth/password.ts";
export { isKnownCharset } from "./charset.ts";
export { type IcyMetadata, metadataBlock } from "./icy.ts";
export {
  type Listener,
  type ListenerInfo,
  type ListenerState,
} from "./listener.ts";
export { type AttachOptions, Mount, type MountOptions } from "./mount.ts";
export type { MountInfo } from "./mount_info.ts";
export { type MountSettings, type SettingsTable } from "./mount_settings.ts";
export {
  isMountPath,
  MountTable,
  type SettingsContext,
} from "./mount_table.ts";
export { pace, type PaceOptions, Pacer } from "./pacer.ts";
export {
  INPUT_RANKS,
  type InputKind,
  type InputTarget,
  MountInput,
  MountInputs,
} from "./inputs.ts";
export { type ListenerLimits, ListenerRules } from "./listener_rules.ts";
export { Relay, type RelayOptions } from "./relay/relay.ts";
export {
  LiveMounts,
  type LiveMountsOptions,
  type Refusal,
  type SourceOffer,
} from "./source/live_mounts.ts";
export { type BodyReader } from "./source/body.ts";
export {
  type SessionOptions,
  type SourceClient,
  type SourceConnection,
  type SourceEnd,
  SourceSession,
} from "./source/session.ts";
export type { LiveStream } from "./source/live_stream.ts";
export { createLiveStream } from "./source/live_streams.ts";
export { Accounts, type Login, type Role } from "./auth/accounts.ts";
export { type HlsInput, HlsTable } from "./hls/hls_table.ts";
export { IcecastServer, type IcecastServerOptions } from "./server.ts";
export { mountRoutes, type MountRoutesOptions } from "./routes.ts";
export {
  type SourceContext,
  type SourceStatus,
  type StatusDocument,
  statusDocument,
  type StatusOptions,
} from "./status.ts";
export type { Clock } from "../clock.ts";
export type { MountChunk } from "../media/packet.ts";
