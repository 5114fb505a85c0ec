/**
 * What the admin API looks at and changes.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { Accounts } from "../auth/accounts.ts";
import type { ListenerUsers } from "../auth/listener_users.ts";
import type { ListenerRules } from "../listener_rules.ts";
import type { MountTable } from "../mount_table.ts";
import type { LiveMounts } from "../source/live_mounts.ts";

/** Everything of one server. */
export interface AdminState {
  mounts: MountTable;
  live: LiveMounts;
  accounts: Accounts;
  users: ListenerUsers;
  rules: ListenerRules;
  clock: Clock;
  /** Since the Unix epoch. */
  startedAtMs: number;
  counts: ServerCounts;
  /** Where Shoutcast sources go, e.g. `/stream.mp3`. */
  shoutcastMount: string;
}

/** What nobody else counts. */
export interface ServerCounts {
  /** Admin requests so far. */
  requests: number;
  /** Sources that ever came. */
  sources(): number;
  /** Upstreams that were ever connected. */
  relays(): number;
}
