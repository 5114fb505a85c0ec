/**
 * The one front port: every connection of a program comes in here, is counted
 * and timed, and leaves as a web request, a takeover, a WebSocket, or with its
 * first bytes to a sniffer (Icecast sources are not proper HTTP).
 *
 * The server is `node:http`'s, with our gate before its own connection
 * listener. (Handing connections to a second, never listening server by
 * `emit("connection")` looks the same, but Deno 2.9 then closes after each
 * request that had a body, and reads past bytes that were put back.)
 *
 * Promises: the limits of `lib/limits.ts`, whatever a client does; handlers
 * never see a host that is not ours, nor a change that another site's page
 * asked for; after `close()` nothing is left open. Passwords are the handlers'.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { HTTP_CLOSE_MS_MAX, HTTP_HEAD_BYTES_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import {
  type Connection,
  type ConnectionLimits,
  ConnectionTable,
} from "./connection.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { HostPolicy } from "./host_policy.ts";
import type { FrameRoute, Route, SocketRoute } from "./route.ts";
import { lookForPlainGet, type PlainGet } from "./plain_get.ts";
import { type Sniffer, sniffFirst } from "./sniffer.ts";

/** What a front listens on and answers with. */
export interface FrontOptions {
  /** In order of precedence. */
  routes: Route[];
  /** WebSocket endpoints. @default {[]} */
  sockets?: (SocketRoute | FrameRoute)[];
  /** Address to bind: `127.0.0.1`, `0.0.0.0`, `::`. */
  hostname: string;
  /** 0 for any free one. */
  port: number;
  /** A listening socket that is open already; it is used, not `hostname` and `port`. @default {none} */
  descriptor?: number;
  /** Take any free port where the wanted one is taken. @default {false} */
  fallbackPorts?: boolean;
  /**
   * The names it answers to. "any" is for a port that serves nothing private
   * and changes nothing (the peer port); it also lets other sites' pages post.
   *
   * @default {hostAllowList()}
   */
  allowedHosts?: HostPolicy | "any";
  /** Looks at every connection's first bytes before HTTP does. */
  sniff?: Sniffer;
  /**
   * Whether a GET of this path is answered by a {@linkcode Takeover}: where it is
   * a plain one, node:http never sees it, and a connection costs half the memory.
   *
   * @default {() => false}
   */
  isStream?(path: string): boolean;
  /**
   * Whether an address is a reverse proxy of ours, whose `X-Forwarded-For`
   * tells the client.
   *
   * @default {() => false}
   */
  isTrustedProxy?: (address: string) => boolean;
  /** What differs from the program's own limits. */
  limits?: ConnectionLimits;
  /** Times heads, bodies, stalled readers and closing. */
  clock: Clock;
  /** Told of failed handlers and broken answers. @default {silentLog} */
  log?: Log;
}

/** An offer of HTTP/2 (`Upgrade: h2c`) is passed over and answered in HTTP/1.1. */
const WEBSOCKETS_ONLY = {
  shouldUpgradeCallback: (message: IncomingMessage) =>
    message.headers.upgrade?.toLowerCase() === "websocket",
};

/** A port that listens. */
export class Front {
  readonly #server: Server;
  readonly #table: ConnectionTable;
  readonly #dispatcher: Dispatcher;
  readonly #options: FrontOptions;
  #closed: Promise<void> | undefined;

  private constructor(options: FrontOptions) {
    this.#options = options;
    this.#table = new ConnectionTable(
      options.clock,
      options.limits,
      options.isTrustedProxy,
    );
    this.#dispatcher = new Dispatcher(options, this.#table);
    this.#server = createServer({
      maxHeaderSize: HTTP_HEAD_BYTES_MAX,
      keepAliveTimeout: 0,
      ...WEBSOCKETS_ONLY,
    });
    this.#gate();
    this.#dispatcher.attach(this.#server);
  }

  /**
   * Starts listening.
   *
   * @throws AlluviumError `address-in-use`, also for an address this machine has not
   */
  static async listen(options: FrontOptions): Promise<Front> {
    const front = new Front(options);
    try {
      await front.#listen(options.port);
    } catch (error) {
      const taken = (error as { code?: string }).code === "EADDRINUSE";
      if (!taken || !options.fallbackPorts) {
        throw listenError(options, error);
      }
      await front.#listen(0);
    }
    front.#server.on("error", (error) => {
      options.log?.("warn", "The port met an error", { error: error.message });
    });
    return front;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address it is bound to. */
  get hostname(): string {
    const { hostname, descriptor } = this.#options;
    if (descriptor === undefined) return hostname;
    return (this.#server.address() as AddressInfo).address;
  }

  /** An address that a program on this machine can open, with a slash at the end. */
  get url(): string {
    const wild: Record<string, string> = {
      "0.0.0.0": "127.0.0.1",
      "::": "::1",
    };
    const host = wild[this.hostname] ?? this.hostname;
    return `http://${host.includes(":") ? `[${host}]` : host}:${this.port}/`;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#table.size;
  }

  /**
   * Stops accepting, tells handlers by their signals, says goodbye to sockets,
   * lets short answers finish for HTTP_CLOSE_MS_MAX and ends everything else.
   * Calling it again waits for the same end.
   */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#dispatcher.close();
    for (const connection of this.#table.all()) letGo(connection);
    const cancelTimer = this.#options.clock.timer(HTTP_CLOSE_MS_MAX, () => {
      for (const { socket } of this.#table.all()) socket.destroy();
    });
    await Promise.all([stopped, this.#table.emptied()]);
    cancelTimer();
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      const { hostname, descriptor } = this.#options;
      const listening = () => {
        this.#server.off("error", reject);
        resolve();
      };
      if (descriptor === undefined) {
        this.#server.listen(port, hostname, listening);
      } else this.#server.listen({ fd: descriptor }, listening);
    });
  }

  /** Takes streams' listeners, and what the options' own sniffer wants. */
  #sniffer(connection: Connection): Sniffer | undefined {
    const { sniff, isStream } = this.#options;
    if (isStream === undefined) return sniff;
    let head: PlainGet | undefined;
    return {
      look: (bytes) => {
        const plain = lookForPlainGet(bytes, isStream);
        if (plain === "http") return sniff?.look(bytes) ?? "http";
        if (plain === "more") return "more";
        head = plain;
        return "mine";
      },
      take: (socket, first, client) => {
        if (head === undefined) sniff?.take(socket, first, client);
        else void this.#dispatcher.answerPlain(connection, head);
      },
    };
  }

  /** Puts counting, timing and sniffing before HTTP's own connection listener. */
  #gate(): void {
    const toHttp = this.#server.listeners("connection");
    this.#server.removeAllListeners("connection");
    this.#server.on("connection", (socket: Socket) => {
      socket.on("error", () => socket.destroy());
      const connection = this.#table.add(socket);
      if (connection === undefined) return;
      sniffFirst(connection, this.#sniffer(connection), () => {
        for (const listener of toHttp) listener.call(this.#server, socket);
      });
    });
  }
}

/** Ends a connection that waits for nothing, and asks a taken one to end. */
function letGo(connection: Connection): void {
  if (connection.idle) connection.socket.destroy();
  else if (connection.taken) connection.socket.destroySoon();
}

function listenError(options: FrontOptions, cause: unknown): AlluviumError {
  const where = `${options.hostname}:${options.port}`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AlluviumError(
    "address-in-use",
    `Cannot listen on ${where}: ${why}`,
    { cause },
  );
}
