/**
 * One client on the swarm socket: takes its frames in order, lets none pass
 * that is malformed or one too many, and keeps its socket from filling up. What
 * a message does is the hub's part.
 *
 * A session goes one way: `greeting` until hello, then `open`, then `closed`.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { WebSocket } from "../http/websocket.ts";
import { AlluviumError } from "../errors.ts";
import {
  GATEWAY_HELLO_MS_MAX,
  GATEWAY_QUEUE_BYTES_MAX,
  GATEWAY_SILENCE_MS_MAX,
} from "../limits.ts";
import { parseClientMessage } from "./client_message.ts";
import type { ClientNumber } from "./lease_book.ts";
import type { Member, MemberClient } from "./member.ts";
import type { Purse } from "./purse.ts";
import {
  type ClientMessage,
  type GatewayMessage,
  SWARM_SOCKET_VERSION,
} from "./messages.ts";

/** What a client said of itself. */
export type Hello = ClientMessage & { t: "hello" };

/** Close code of RFC 6455. */
const CLOSE_PROTOCOL = 1002;

/** How fast a client fetches, before it has shown it: 400 kbit/s. */
const FIRST_BYTES_PER_MS = 50;

const DECODER = new TextDecoder();

/** What a session needs of the hub. */
export interface SessionHost {
  readonly clock: Clock;
  /** The client said hello. */
  greeted(session: SwarmSession, hello: Hello): void;
  /** Any other message of a client that has said hello. */
  message(session: SwarmSession, message: ClientMessage): void;
  /** The socket is closed. */
  closed(session: SwarmSession): void;
}

/** Where a client is. */
export interface SessionPlace {
  /** Of this client, never used again. */
  number: ClientNumber;
  /** Its address. */
  host: string;
  /** Where it reaches this gateway, with a slash at the end. */
  base: string;
  /** Aborts when its connection has ended. */
  gone: AbortSignal;
  /** Every message is paid from all of them. */
  purses: readonly Purse[];
}

/** A client on the swarm socket. */
export class SwarmSession implements MemberClient {
  /** The contents it takes part in, by key; under both keys while it learns the root. */
  readonly members = new Map<string, Member>();
  /** Joins that are being looked up. */
  joining = 0;
  /** How fast it has fetched so far. */
  bytesPerMs = FIRST_BYTES_PER_MS;
  /** Its number, never used again. */
  readonly number: ClientNumber;
  /** Its address. */
  readonly host: string;
  /** Where it reaches this gateway, with a slash at the end. */
  readonly base: string;
  /** Aborts when its connection has ended. */
  readonly gone: AbortSignal;
  #hello: Hello | undefined;
  readonly #purses: readonly Purse[];
  readonly #openedMs: number;
  #heardMs: number;

  /**
   * Takes an open socket.
   *
   * @param socket its own
   * @param place where it is
   * @param hub where messages go
   */
  constructor(
    private readonly socket: WebSocket,
    { number, host, base, gone, purses }: SessionPlace,
    private readonly hub: SessionHost,
  ) {
    this.number = number;
    this.host = host;
    this.base = base;
    this.gone = gone;
    this.#purses = purses;
    this.#openedMs = this.#heardMs = hub.clock.monotonic();
    socket.on("message", (data: Uint8Array, binary: boolean) => {
      this.#heardMs = hub.clock.monotonic();
      this.#take(data, binary);
    });
    socket.on("pong", () => this.#heardMs = hub.clock.monotonic());
    socket.on("close", () => hub.closed(this));
  }

  /** What it said of itself, once it has. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** Bytes waiting in its socket. */
  get backlog(): number {
    return this.socket.bufferedAmount;
  }

  /** Sends a message; drops the client if too much is waiting already. */
  send(message: GatewayMessage): void {
    this.sendText(JSON.stringify(message));
  }

  /** Sends a frame that others get too. */
  sendText(frame: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.backlog > GATEWAY_QUEUE_BYTES_MAX) this.socket.terminate();
    else this.socket.send(frame);
  }

  /** Tells an error; with the join's number where it answers one. */
  refuse(error: unknown, ref?: number): void {
    const known = error instanceof AlluviumError
      ? error
      : new AlluviumError("internal", "Cannot answer: this program failed");
    const { code, message } = known;
    this.send({
      t: "error",
      ...(ref === undefined ? {} : { ref }),
      code,
      message,
    });
  }

  /** Asks for a sign of life; ends a client that has long given none, or never said who it is. */
  check(): void {
    const nowMs = this.hub.clock.monotonic();
    const silent = nowMs - this.#heardMs > GATEWAY_SILENCE_MS_MAX;
    const nameless = this.#hello === undefined &&
      nowMs - this.#openedMs > GATEWAY_HELLO_MS_MAX;
    if (silent || nameless) this.socket.terminate();
    else this.socket.ping();
  }

  /** Says goodbye. */
  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  #take(data: Uint8Array, binary: boolean): void {
    if (this.gone.aborted) return;
    this.#pay();
    try {
      if (binary) throw protocolError("expected text, got binary");
      const message = parseClientMessage(DECODER.decode(data));
      if (message !== undefined) this.#handle(message);
    } catch (error) {
      this.refuse(error);
      this.close(CLOSE_PROTOCOL, "malformed message");
    }
  }

  #handle(message: ClientMessage): void {
    if (message.t !== "hello") {
      if (this.#hello === undefined) {
        throw protocolError("expected hello first");
      }
      return this.hub.message(this, message);
    }
    if (this.#hello !== undefined) throw protocolError("a second hello");
    if (message.v !== SWARM_SOCKET_VERSION) {
      throw protocolError(
        `expected version ${SWARM_SOCKET_VERSION}, got ${message.v}`,
      );
    }
    this.#hello = message;
    this.hub.greeted(this, message);
  }

  /** What it said made as much work as so many messages more: paid from the same purses. */
  charge(messages: number): void {
    if (messages > 0) this.#pay(messages);
  }

  /** Who says more than is paid for is not listened to for a while. */
  #pay(messages = 1): void {
    const nowMs = this.hub.clock.monotonic();
    const waits = this.#purses.map((purse) => purse.pay(nowMs, messages));
    const waitMs = Math.max(...waits);
    if (waitMs === 0 || this.socket.isPaused) return;
    this.socket.pause();
    this.hub.clock.timer(waitMs, () => {
      if (!this.gone.aborted) this.socket.resume();
    });
  }
}

function protocolError(why: string): AlluviumError {
  return new AlluviumError("peer-protocol", `Cannot take the message: ${why}`);
}
