/**
 * The one front port: limits, routing table, WebSockets, problem details.
 *
 * @module
 */
export { trustedProxies } from "./client_address.ts";
export { type ConnectionLimits } from "./connection.ts";
export { Front, type FrontOptions } from "./front.ts";
export {
  checkOrigin,
  hostAllowList,
  type HostAllowListOptions,
  type HostPolicy,
} from "./host_policy.ts";
export { type Problem, problemResponse } from "./problem.ts";
export {
  type FrameRoute,
  type Reply,
  type RequestInfo,
  type Route,
  type SocketRoute,
  Takeover,
  type UpgradeRequest,
  type UpgradeRoute,
} from "./route.ts";
export { type SniffedClient, type Sniffer } from "./sniffer.ts";
export { staticFiles } from "./static_files.ts";
export type { Clock } from "../clock.ts";
export type { Log, LogLevel } from "../log.ts";
export { WebSocket } from "./websocket.ts";
