/**
 * An Icecast server on a front of its own, with a clock that a test may turn,
 * and the bytes that clients send to it.
 *
 * @module
 */
import { type Clock, systemClock } from "../../lib/clock.ts";
import { Front, type FrontOptions } from "../../lib/http/front.ts";
import { hostAllowList } from "../../lib/http/host_policy.ts";
import {
  IcecastServer,
  type IcecastServerOptions,
} from "../../lib/icecast/server.ts";
import { Mount } from "../../lib/icecast/mount.ts";
import { MountTable } from "../../lib/icecast/mount_table.ts";
import { mountRoutes } from "../../lib/icecast/routes.ts";
import type { Log } from "../../lib/log.ts";
import { RawClient } from "../http/raw_client.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";

/** What a rig's passwords are. */
export const SOURCE = { user: "source", password: "hackme" };
export const ADMIN = { user: "admin", password: "secret" };
export const RELAY = { user: "relay", password: "relayme" };

/** Hashed once for all tests: scrypt is slow on purpose. */
const PASSWORDS = {
  source: SOURCE.password,
  admin: ADMIN.password,
  relay: RELAY.password,
};

/** How long a test waits for sockets of this machine, in ms. */
const PATIENCE_MS = 10_000;

/** One server. */
export class ServerRig implements AsyncDisposable {
  /** What was logged. */
  readonly said: string[];

  private constructor(
    readonly front: Front,
    readonly server: IcecastServer,
    readonly mounts: MountTable,
    readonly clock: Clock,
    said: string[],
  ) {
    this.said = said;
  }

  static async open(
    options: Partial<IcecastServerOptions> = {},
    frontOptions: Partial<FrontOptions> = {},
  ): Promise<ServerRig> {
    const said: string[] = [];
    const log: Log = (_level, message) => void said.push(message);
    const clock = options.clock ?? new FakeClock();
    const mounts = options.mounts ?? new MountTable();
    const server = await IcecastServer.open({
      mounts,
      clock,
      log,
      allowedHosts: hostAllowList(),
      accounts: PASSWORDS,
      ...options,
    });
    const front = await Front.listen({
      routes: [
        ...server.routes,
        ...mountRoutes(mounts, { clock, ...server.mountOptions }),
      ],
      hostname: "127.0.0.1",
      port: 0,
      clock,
      ...server.front,
      ...frontOptions,
    });
    return new ServerRig(front, server, mounts, clock, said);
  }

  /** A mount with a programme of its own. */
  addMount(path = "/stream.mp3", contentType = "audio/mpeg"): Mount {
    const mount = new Mount({
      path,
      contentType,
      name: "Station",
      clock: this.clock,
    });
    this.mounts.add(mount);
    return mount;
  }

  /** Asks for a page. */
  get(path: string, login?: typeof SOURCE): Promise<Response> {
    return fetch(new URL(path, this.front.url), {
      headers: login ? { Authorization: basic(login) } : {},
    });
  }

  /** Connects a source; its head is sent as given. */
  async source(head: string): Promise<RawClient> {
    const client = await RawClient.open(this.front.port);
    await client.send(head);
    return client;
  }

  /** Connects a source that is let in. */
  async accepted(path: string, lines: string[] = []): Promise<RawClient> {
    const client = await this.source(sourceHead(path, lines));
    await client.until(/200 OK\r\n\r\n/);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    const closed = this.front.close();
    // What waits for its time limit is given it.
    for (let i = 0; i < 100 && this.front.connections > 0; i++) {
      if (this.clock instanceof FakeClock) await this.clock.advance(100);
      await settle();
    }
    if (this.clock instanceof FakeClock) await this.clock.advance(60_000);
    await closed;
  }
}

/** `SOURCE path HTTP/1.0` with the right password. */
export function sourceHead(path: string, lines: string[] = []): string {
  return [
    `SOURCE ${path} HTTP/1.0`,
    `Authorization: ${basic(SOURCE)}`,
    ...lines,
    "",
    "",
  ].join("\r\n");
}

/** A Basic `Authorization` header. */
export function basic({ user, password }: typeof SOURCE): string {
  return `Basic ${btoa(`${user}:${password}`)}`;
}

/** Lets sockets and promises go on until something holds; no clock is turned. */
export async function eventually(
  holds: () => boolean,
  what = "it does not come true",
): Promise<void> {
  const untilMs = systemClock.monotonic() + PATIENCE_MS;
  while (!holds()) {
    if (systemClock.monotonic() > untilMs) {
      throw new Error(`Waited in vain: ${what}`);
    }
    await settle();
  }
}
