/**
 * From a parsed head to an answer: is the host ours, which route, what did its
 * handler say.
 *
 * Promises: exactly one answer per request, whatever a handler throws; a
 * handler's signal aborts when its client goes or the front closes. Counting
 * and timing connections is the gate's part (connection.ts).
 *
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { AlluviumError } from "../errors.ts";
import { silentLog } from "../log.ts";
import { clientAddress } from "./client_address.ts";
import { type Connection, type ConnectionTable, refuse } from "./connection.ts";
import type { FrontOptions } from "./front.ts";
import { checkOrigin, hostAllowList } from "./host_policy.ts";
import { problemResponse } from "./problem.ts";
import { type Reply, type RequestInfo, Takeover } from "./route.ts";
import { Router, SocketRouter } from "./router.ts";
import { handOver } from "./takeover.ts";
import { refuseUpgrade, Upgrader } from "./upgrade.ts";
import type { PlainGet, RequestHead } from "./plain_get.ts";
import { hasBody, targetOf, toWebRequest } from "./web_request.ts";
import { sendResponse } from "./web_response.ts";

const CHANGES_STATE = new Set(["POST", "PUT", "DELETE"]);

/** The methods a route can have; the others answer 405 before a `Request` is made. */
const METHODS = new Set(["GET", "HEAD", "OPTIONS", ...CHANGES_STATE]);

/** Answers the requests of one server. */
export class Dispatcher {
  readonly #options: Required<
    Pick<FrontOptions, "clock" | "log" | "allowedHosts" | "isTrustedProxy">
  >;
  readonly #table: ConnectionTable;
  readonly #router: Router;
  readonly #sockets: SocketRouter;
  readonly #upgrader = new Upgrader();
  readonly #running = new Set<AbortController>();

  /** @param table where the server's connections are entered */
  constructor(options: FrontOptions, table: ConnectionTable) {
    this.#options = {
      clock: options.clock,
      log: options.log ?? silentLog,
      allowedHosts: options.allowedHosts ?? hostAllowList(),
      isTrustedProxy: options.isTrustedProxy ?? (() => false),
    };
    this.#table = table;
    this.#router = new Router(options.routes);
    this.#sockets = new SocketRouter(options.sockets ?? []);
  }

  /** Listens to a server's requests, upgrades and parse errors. */
  attach(server: Server): void {
    server.on("request", (message, out) => this.#onRequest(message, out));
    server.on("upgrade", (message, socket, head) => {
      void this.#onUpgrade(message, socket, head);
    });
    server.on("connect", (_message, socket) => {
      refuse(socket as Socket, "405 Method Not Allowed");
    });
    server.on("clientError", (error, socket) => {
      this.#onClientError(error as Error & { code?: string }, socket);
    });
  }

  /** Aborts every handler's signal and says goodbye on every WebSocket. */
  close(): void {
    const reason = new AlluviumError("busy", "Cannot go on: closing");
    for (const controller of this.#running) controller.abort(reason);
    this.#upgrader.close();
  }

  #onRequest(message: IncomingMessage, out: ServerResponse): void {
    const connection = this.#table.of(message.socket);
    if (!connection?.requestStarted(hasBody(message))) {
      message.socket.destroy();
      return;
    }
    const controller = new AbortController();
    this.#running.add(controller);
    message.once("end", () => connection.bodyEnded());
    out.once("close", () => {
      this.#running.delete(controller);
      if (!out.writableFinished) controller.abort();
      connection.requestEnded();
    });
    void this.#answer(connection, message, out, controller.signal);
  }

  /** Answers a request that node:http never saw; the connection is ours. */
  async answerPlain(connection: Connection, head: PlainGet): Promise<void> {
    const { socket } = connection;
    const controller = new AbortController();
    const abort = () => controller.abort();
    this.#running.add(controller);
    socket.once("close", abort);
    const reply = await this.#reply({ ...head, socket }, controller.signal);
    this.#running.delete(controller);
    socket.off("close", abort);
    if (reply instanceof Takeover) {
      handOver(connection, reply, this.#options.log);
      socket.on("data", endThis).resume();
    } else if (!socket.destroyed) {
      await refuseUpgrade(socket, reply);
    }
  }

  async #answer(
    connection: Connection,
    message: IncomingMessage,
    out: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, log } = this.#options;
    const reply = await this.#reply(message, signal);
    if (reply instanceof Takeover) {
      if (connection.alone) return handOver(connection, reply, log);
      message.socket.destroy();
      return;
    }
    try {
      await sendResponse(reply, out, {
        headOnly: message.method === "HEAD",
        close: !message.complete || hasBody(message) && !message.readableEnded,
        clock,
      });
    } catch (error) {
      if (!signal.aborted) log("warn", "An answer broke off", detail(error));
    }
  }

  /** Never rejects. */
  async #reply(
    message: RequestHead | IncomingMessage,
    signal: AbortSignal,
  ): Promise<Reply> {
    try {
      const info = this.#infoOf(message, signal);
      const method = message.method ?? "";
      if (!METHODS.has(method)) {
        throw new AlluviumError("method-not-allowed", `Cannot ${method}`);
      }
      const { pathname } = info.url;
      const match = this.#router.find(method, pathname);
      if (match.kind === "answer") {
        if (this.#sockets.find(pathname) === undefined) return match.response;
        throw upgradeRequired();
      }
      const request = toWebRequest(message, info.url, signal);
      if (CHANGES_STATE.has(method) && this.#options.allowedHosts !== "any") {
        checkOrigin(request);
      }
      return await match.route.handle(request, {
        ...info,
        params: match.params,
      });
    } catch (error) {
      return this.#problem(error, signal);
    }
  }

  /** Reads the target, checks the host. */
  #infoOf(message: RequestHead, signal: AbortSignal): RequestInfo {
    const { url, authority } = targetOf(message);
    const { allowedHosts, isTrustedProxy } = this.#options;
    const { localAddress = "", remoteAddress = "", remotePort = 0 } =
      message.socket;
    if (
      authority !== undefined && allowedHosts !== "any" &&
      !allowedHosts.allows(authority.host, localAddress)
    ) {
      throw new AlluviumError(
        "misdirected",
        `Cannot answer for "${authority.host}": start with --allow-host ${authority.host} if it is this machine`,
        { field: "Host" },
      );
    }
    const forwarded = message.headers["x-forwarded-for"];
    return {
      remoteAddress: clientAddress(
        remoteAddress,
        Array.isArray(forwarded) ? forwarded.join(",") : forwarded,
        isTrustedProxy,
      ),
      remotePort,
      url,
      params: {},
      signal,
      httpVersion: message.httpVersion === "1.0" ? "1.0" : "1.1",
    };
  }

  #problem(error: unknown, signal: AbortSignal): Response {
    if (!(error instanceof AlluviumError) && !signal.aborted) {
      this.#options.log("error", "A request's handler failed", detail(error));
    }
    return problemResponse(error);
  }

  async #onUpgrade(
    message: IncomingMessage,
    socket: Duplex,
    head: Uint8Array,
  ): Promise<void> {
    const connection = this.#table.of(socket);
    if (!connection?.requestStarted(false) || !connection.alone) {
      socket.destroy();
      return;
    }
    connection.take();
    const controller = new AbortController();
    this.#running.add(controller);
    socket.on("close", () => {
      this.#running.delete(controller);
      controller.abort();
    });
    try {
      const info = this.#infoOf(message, controller.signal);
      const match = this.#sockets.find(info.url.pathname);
      if (match === undefined) {
        throw new AlluviumError(
          "not-found",
          `Cannot find a WebSocket at "${info.url.pathname}"`,
        );
      }
      const known = { ...info, params: match.params };
      const key = keyOf(message);
      const refusal = match.route.authorize?.(known);
      if (refusal !== undefined) return await refuseUpgrade(socket, refusal);
      if ("take" in match.route) {
        connection.socket.setTimeout(0).setNoDelay(true);
        match.route.take({ socket, head, key }, known);
      } else this.#upgrader.upgrade(match.route, message, socket, head, known);
    } catch (error) {
      await refuseUpgrade(socket, this.#problem(error, controller.signal));
    }
  }

  #onClientError(error: Error & { code?: string }, socket: Duplex): void {
    const connection = this.#table.of(socket);
    const silent = connection === undefined || connection.taken ||
      !connection.idle || error.code === "ECONNRESET" || error.code === "EPIPE";
    if (silent) {
      socket.destroy();
      return;
    }
    const large = error.code === "HPE_HEADER_OVERFLOW";
    refuse(
      connection.socket,
      large ? "431 Request Header Fields Too Large" : "400 Bad Request",
    );
  }
}

/** Whoever was sent an answer without end has nothing more to say. */
function endThis(this: Socket): void {
  this.destroy();
}

/** Of a handshake that is right: `ws` would answer a wrong one with a page for people. */
function keyOf({ headers }: IncomingMessage): string {
  if (headers["sec-websocket-version"] !== "13") throw upgradeRequired();
  const key = headers["sec-websocket-key"] ?? "";
  if (/^[+/0-9A-Za-z]{22}==$/.test(key)) return key;
  throw new AlluviumError(
    "bad-request",
    "Cannot open a WebSocket: wanted a key of 16 bytes in base64",
    { field: "Sec-WebSocket-Key" },
  );
}

function upgradeRequired(): AlluviumError {
  return new AlluviumError(
    "upgrade-required",
    "Cannot answer: wanted a WebSocket of version 13 here",
  );
}

function detail(error: unknown): Record<string, unknown> {
  return { error: error instanceof Error ? error.stack : String(error) };
}
