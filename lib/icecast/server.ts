/**
 * Everything of Icecast's on one front: mounts for players, a door for sources,
 * the admin API, metrics, upstreams that are relayed. Whoever has a front and a
 * table of mounts adds `routes` and `front` and has it all.
 *
 * Promises: without a password no source comes in and no admin request is
 * answered; after `close` nothing runs on. Leaves to others: the front itself,
 * and the programme on the mounts.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { Front, type FrontOptions } from "../http/front.ts";
import type { HostPolicy } from "../http/host_policy.ts";
import type { Route } from "../http/route.ts";
import { type Log, silentLog } from "../log.ts";
import { adminRoutes } from "./admin/routes.ts";
import type { AdminState } from "./admin/state.ts";
import { type AccountOptions, Accounts } from "./auth/accounts.ts";
import { ListenerUsers } from "./auth/listener_users.ts";
import { type ListenerLimits, ListenerRules } from "./listener_rules.ts";
import { metricsRoute } from "./metrics.ts";
import type { SettingsTable } from "./mount_settings.ts";
import type { MountTable } from "./mount_table.ts";
import type { Relay } from "./relay/relay.ts";
import type { MountRoutesOptions } from "./routes.ts";
import { SourceDoor } from "./source/door.ts";
import { LiveMounts } from "./source/live_mounts.ts";
import { ShoutcastDoor } from "./source/shoutcast.ts";

/** What a server works with. */
export interface IcecastServerOptions {
  /** Where mounts are found, and sources' own are added. */
  mounts: MountTable;
  /** Times everything, and tells the time in lists. */
  clock: Clock;
  /** The names it answers to. */
  allowedHosts: HostPolicy | "any";
  /** Told of sources and upstreams that come and go. @default {silentLog} */
  log?: Log;
  /** Passwords; without them nobody may send or administer. @default {{}} */
  accounts?: AccountOptions;
  /** Limits on listeners, besides the front's own. @default {{}} */
  limits?: ListenerLimits;
  /** Mounts that only known listeners may hear. @default {none} */
  users?: ListenerUsers;
  /** Where the mounts are for the world. */
  publicUrl?: string;
  /** Where Shoutcast sources go. @default {"/stream.mp3"} */
  shoutcastMount?: string;
  /** What holds for single mounts. @default {{}} */
  settings?: SettingsTable;
  /** How long a source's own mount waits for it, in ms. */
  reconnectMs?: number;
}

/** One server without its port. */
export class IcecastServer {
  /** Sources, by mount. */
  readonly live: LiveMounts;
  /** What mount routes must ask; for {@linkcode MountRoutesOptions}. */
  readonly mountOptions: Required<
    Pick<MountRoutesOptions, "rules" | "admit" | "needsLogin">
  >;
  /** Admin and metrics; they come before the mounts' own. */
  readonly routes: Route[];
  /** For the front: takes sources off it, where any can come, and listeners. */
  readonly front: Pick<FrontOptions, "sniff" | "isStream">;
  readonly #options: IcecastServerOptions;
  readonly #accounts: Accounts;
  readonly #relays: Relay[] = [];
  #shoutcast: Front | undefined;
  #sources = 0;

  private constructor(options: IcecastServerOptions, accounts: Accounts) {
    const { mounts, clock, limits, publicUrl, settings = {} } = options;
    mounts.configure(settings, options);
    const users = options.users ?? new ListenerUsers();
    const rules = new ListenerRules(mounts, clock, limits);
    this.#options = options;
    this.#accounts = accounts;
    this.live = new LiveMounts({
      ...options,
      onSource: () => this.#sources++,
    });
    this.mountOptions = {
      rules,
      needsLogin: (path) => users.names(path) !== undefined,
      admit: (mount, request, info) =>
        users.admit(
          mount.path,
          request.headers.get("authorization"),
          accounts,
          info.remoteAddress,
        ),
    };
    const state: AdminState = {
      mounts,
      live: this.live,
      accounts,
      users,
      rules,
      clock,
      startedAtMs: clock.now(),
      counts: {
        requests: 0,
        sources: () => this.#sources,
        relays: () => this.#relays.reduce((sum, x) => sum + x.connections, 0),
      },
      shoutcastMount: this.#shoutcastMount,
    };
    this.routes = [
      ...adminRoutes(state, publicUrl === undefined ? {} : { publicUrl }),
      metricsRoute(state),
    ];
    const sniff = new SourceDoor({ ...options, accounts, live: this.live });
    this.front = {
      ...(accounts.hasSources ? { sniff } : {}),
      isStream: (path) => mounts.get(path) !== undefined,
    };
  }

  /**
   * Hashes the passwords and puts all together.
   *
   * @throws AlluviumError what is wrong with a password's hash, or with fallbacks
   */
  static async open(options: IcecastServerOptions): Promise<IcecastServer> {
    const accounts = await Accounts.open(options.accounts ?? {}, options.clock);
    return new IcecastServer(options, accounts);
  }

  /** Adds an upstream that is relayed; it is closed with the server. */
  addRelay(relay: Relay): void {
    this.#relays.push(relay);
  }

  /**
   * Opens Shoutcast's port; nothing without a source password.
   *
   * @param front where it listens: the front's own address, its port plus one
   * @returns whether it listens: another program may have the port
   */
  async openShoutcast(
    front: Pick<FrontOptions, "hostname" | "port"> & Partial<FrontOptions>,
  ): Promise<boolean> {
    if (!this.#accounts.hasSources) return false;
    const { clock, log = silentLog } = this.#options;
    const sniff = new ShoutcastDoor({
      accounts: this.#accounts,
      live: this.live,
      clock,
      mount: this.#shoutcastMount,
      log,
    });
    const routes = this.routes.filter(({ path }) => path === "/admin.cgi");
    try {
      this.#shoutcast = await Front.listen({
        clock,
        log,
        ...front,
        routes,
        sniff,
      });
      return true;
    } catch (error) {
      log("warn", `No port for Shoutcast sources: ${(error as Error).message}`);
      return false;
    }
  }

  /** Ends sources and upstreams, and Shoutcast's port. */
  async close(): Promise<void> {
    this.live.close();
    await Promise.all(this.#relays.map((relay) => relay.close()));
    await this.#shoutcast?.close();
  }

  get #shoutcastMount(): string {
    return this.#options.shoutcastMount ?? "/stream.mp3";
  }
}
