/**
 * The front's book of open connections: how many there are, from where, and how
 * long each may take over its next request head. `node:http` times only the
 * connections it accepted itself, and not on a clock that a test can turn.
 *
 * Promises: no connection waits longer than HTTP_HEAD_MS_MAX for a whole head,
 * or HTTP_BODY_MS_MAX for a whole body, be it the first or the hundredth, sent
 * byte by byte or not at all; no address holds more than its share.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { AlluviumError, type ErrorCode } from "../errors.ts";
import {
  HTTP_BODY_MS_MAX,
  HTTP_CONNECTIONS_MAX,
  HTTP_CONNECTIONS_PER_ADDRESS_MAX,
  HTTP_HEAD_MS_MAX,
  HTTP_PIPELINE_MAX,
} from "../limits.ts";
import { isLoopbackAddress, plainAddress } from "./host_policy.ts";
import { problemOf } from "./problem.ts";

/** The limits of a {@linkcode ConnectionTable}; a test makes them small. */
export interface ConnectionLimits {
  /** Connections in all. @default {HTTP_CONNECTIONS_MAX} */
  total?: number;
  /** Connections of one address, loopback and trusted proxies excepted. @default {HTTP_CONNECTIONS_PER_ADDRESS_MAX} */
  perAddress?: number;
}

const NOTHING = () => {};

/** One accepted connection. */
export class Connection {
  /** Its remote IP, IPv4-in-IPv6 unwrapped. */
  readonly remoteAddress: string;
  /** True once a handler or the sniffer owns the socket. */
  taken = false;
  #waiting = 0;
  #cancelTimer = NOTHING;
  /** Bytes received with the last request; -1 before the first. */
  #bytesRead = -1;
  #hasBody = false;

  /** Starts the time limit of the first head. */
  constructor(readonly socket: Socket, private readonly clock: Clock) {
    this.remoteAddress = plainAddress(socket.remoteAddress ?? "");
    this.#allow(HTTP_HEAD_MS_MAX);
  }

  /** Whether no answer is due: the connection waits for a head. */
  get idle(): boolean {
    return !this.taken && this.#waiting === 0;
  }

  /** Whether exactly one request is being answered, so that it may have the socket. */
  get alone(): boolean {
    return !this.taken && this.#waiting === 1;
  }

  /**
   * A head has arrived.
   *
   * @param hasBody whether a body follows
   * @returns false when this is one request too many; the caller drops the connection
   */
  requestStarted(hasBody: boolean): boolean {
    this.#endTimer();
    this.#bytesRead = this.socket.bytesRead;
    if (this.taken || ++this.#waiting > HTTP_PIPELINE_MAX) return false;
    this.#hasBody = hasBody;
    if (hasBody) this.#allow(HTTP_BODY_MS_MAX);
    return true;
  }

  /** The body is here; the answer may take its time. */
  bodyEnded(): void {
    if (this.#hasBody) this.#bytesRead = this.socket.bytesRead;
    if (this.#waiting > 0) this.#endTimer();
  }

  /** An answer is through; the next head is due in time. */
  requestEnded(): void {
    if (--this.#waiting === 0 && !this.taken && !this.socket.destroyed) {
      this.#allow(HTTP_HEAD_MS_MAX);
    }
  }

  /** Leaves the socket to its new owner, without time limit. */
  take(): void {
    this.taken = true;
    this.#endTimer();
  }

  /** Ends the time limit; for a closed socket. */
  closed(): void {
    this.#endTimer();
  }

  /** Lets the timer go, too: thousands of WebSockets never need one again. */
  #endTimer(): void {
    this.#cancelTimer();
    this.#cancelTimer = NOTHING;
  }

  #allow(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.clock.timer(ms, () => {
      // A client that asks for nothing more would take an answer for the next one's.
      if (this.idle && this.socket.bytesRead === this.#bytesRead) {
        this.socket.destroySoon();
      } else refuse(this.socket, "408 Request Timeout");
    });
  }
}

/** All open connections of a front. */
export class ConnectionTable {
  readonly #open = new Map<Socket, Connection>();
  readonly #perAddress = new Map<string, number>();
  readonly #clock: Clock;
  readonly #limits: Required<ConnectionLimits>;
  #onEmpty: () => void = () => {};

  /**
   * @param limits what differs from the program's own limits
   * @param isTrustedProxy whether an address is a reverse proxy of ours, which
   *   brings many clients: what they may is for those to say who see them
   */
  constructor(
    clock: Clock,
    limits: ConnectionLimits = {},
    private readonly isTrustedProxy = (_address: string): boolean => false,
  ) {
    this.#clock = clock;
    this.#limits = {
      total: HTTP_CONNECTIONS_MAX,
      perAddress: HTTP_CONNECTIONS_PER_ADDRESS_MAX,
      ...limits,
    };
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Every open connection; the list is a copy. */
  all(): Connection[] {
    return [...this.#open.values()];
  }

  /** Resolves when none is open; for one caller. */
  emptied(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty = resolve);
  }

  /** The connection of a socket that was {@linkcode add}ed and is open. */
  of(socket: unknown): Connection | undefined {
    return this.#open.get(socket as Socket);
  }

  /** Enters a socket; undefined, with a 503 on its way, where there is no room. */
  add(socket: Socket): Connection | undefined {
    const address = plainAddress(socket.remoteAddress ?? "");
    const block = this.isTrustedProxy(address)
      ? undefined
      : addressBlock(address);
    const sameBlock = block === undefined
      ? 0
      : this.#perAddress.get(block) ?? 0;
    if (
      this.#open.size >= this.#limits.total ||
      sameBlock >= this.#limits.perAddress
    ) {
      refuse(socket, "503 Service Unavailable");
      return undefined;
    }
    if (block !== undefined) this.#perAddress.set(block, sameBlock + 1);
    const connection = new Connection(socket, this.#clock);
    this.#open.set(socket, connection);
    socket.on("close", () => this.#remove(socket, block));
    return connection;
  }

  #remove(socket: Socket, block: string | undefined): void {
    this.#open.get(socket)?.closed();
    this.#open.delete(socket);
    if (this.#open.size === 0) this.#onEmpty();
    if (block === undefined) return;
    const left = (this.#perAddress.get(block) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(block, left);
    else this.#perAddress.delete(block);
  }
}

/** The codes of what is refused before there is a request. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  400: "bad-request",
  405: "method-not-allowed",
  408: "request-timeout",
  431: "head-too-large",
  503: "busy",
};

/** Sends a status with problem details, as far as the connection still takes it, and drops the connection. */
export function refuse(socket: Socket, status: string): void {
  if (socket.destroyed) return;
  socket.on("error", () => {});
  const code = CODES[status.slice(0, 3)] ?? "bad-request";
  const error = new AlluviumError(code, `Cannot answer: ${status.slice(4)}`);
  const body = `${JSON.stringify(problemOf(error))}\n`;
  const retry = code === "busy" ? "Retry-After: 5\r\n" : "";
  socket.write(
    `HTTP/1.1 ${status}\r\nConnection: close\r\n${retry}` +
      "Content-Type: application/problem+json\r\n" +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

/**
 * What counts as one address: an IPv4 address, or the /64 that one IPv6
 * subscriber holds. Undefined for loopback, which is this machine or its proxy.
 */
export function addressBlock(address: string): string | undefined {
  if (isLoopbackAddress(address)) return undefined;
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const zeros = address.includes("::")
    ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0")
    : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}
