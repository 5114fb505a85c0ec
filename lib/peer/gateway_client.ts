/**
 * The client's end of a gateway's swarm socket: dials, greets, asks, hands what
 * comes to its owner, dials again after a loss. A gateway may lie and may die;
 * what it says is judged by the owner, and nothing here waits for it longer than
 * its limit.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import {
  type ClientMessage,
  type GatewayMessage,
  SWARM_SOCKET_VERSION,
} from "../gateway/messages.ts";
import {
  DIAL_TIMEOUT_MS,
  GATEWAY_MESSAGE_BYTES_MAX,
  GATEWAY_SILENCE_MS_MAX,
  JOIN_TIMEOUT_MS,
} from "../limits.ts";
import type { Log } from "../log.ts";
import { WebSocket } from "../http/websocket.ts";
import { type Family, familyOf } from "../swarm/places.ts";
import { ipv6First, show } from "./showing.ts";

/** Path of the swarm socket on a gateway. */
const SWARM_PATH = "ocn/v1/swarm";

/** First wait before dialling again; doubled each time. */
const REDIAL_MS = 1_000;
const REDIAL_MAX_MS = 30_000;

/** What we tell a gateway about ourselves. */
export interface ClientHello {
  id: string;
  port: number;
  capacity: number;
  share: boolean;
  public: boolean | undefined;
}

/** Who hears of a gateway. */
export interface GatewayEvents {
  /** The socket is up: contents may be joined. */
  up(client: GatewayClient): void;
  /** The socket is down; it is dialled again. */
  down(client: GatewayClient): void;
  /** Anything but the answer to a join. */
  message(client: GatewayClient, message: GatewayMessage): void;
}

/** The answer to a join. */
export type Joined = GatewayMessage & { t: "joined" };

/** What a join asks. */
export type JoinRequest = Omit<ClientMessage & { t: "join" }, "t" | "ref">;

interface Waiting {
  resolve(joined: Joined): void;
  reject(error: unknown): void;
}

/** One gateway. */
export class GatewayClient {
  /** Whether the socket is up. */
  connected = false;
  /** The gateway lied; it is not asked again. */
  distrusted = false;
  readonly #joins = new Map<number, Waiting>();
  #socket: WebSocket | undefined;
  #ref = 0;
  #redialMs = REDIAL_MS;
  #cancelRedial: () => void = () => {};
  #cancelSilence: () => void = () => {};
  #closed = false;
  /** What the gateway calls us, while it is up and would dial us back. */
  #ticket: string | undefined;
  /** Ports shown to it on this socket, by family. */
  readonly #shown = new Map<Family, number>();
  #showing = Promise.resolve();
  #end = new AbortController();
  #firstTry: Promise<void>;
  #triedOnce: () => void = () => {};

  /**
   * Starts dialling.
   *
   * @param url the gateway's base URL, http or https
   */
  constructor(
    readonly url: string,
    readonly hello: (family: Family) => ClientHello,
    readonly clock: Clock,
    readonly log: Log,
    readonly events: GatewayEvents,
  ) {
    this.#firstTry = new Promise((resolve) => this.#triedOnce = resolve);
    this.#dial();
  }

  /** Sends a message; does nothing while the socket is down. */
  send(message: ClientMessage): void {
    if (this.connected) this.#socket?.send(JSON.stringify(message));
  }

  /**
   * Joins a content.
   *
   * @throws AlluviumError `gateway-unreachable` when it is down or does not
   *   answer in time; `media-unreachable` or `media-rejected` when it says so
   */
  async join(request: JoinRequest): Promise<Joined> {
    await this.#firstTry;
    if (!this.connected) throw unreachable(this.url, "it cannot be reached");
    const ref = ++this.#ref;
    const answer = new Promise<Joined>((resolve, reject) => {
      this.#joins.set(ref, { resolve, reject });
    });
    const cancel = this.clock.timer(JOIN_TIMEOUT_MS, () => {
      this.#joins.get(ref)?.reject(unreachable(this.url, "it does not answer"));
    });
    this.send({ t: "join", ref, ...request });
    try {
      return await answer;
    } finally {
      cancel();
      this.#joins.delete(ref);
    }
  }

  /** Shows the gateway where else others can dial us, if it wants to know: by each family, and where a port has changed. */
  show(): void {
    this.#showing = this.#showing.then(() => this.#show());
  }

  /** Hangs up for good. */
  close(): void {
    this.#closed = true;
    this.#cancelRedial();
    this.#end.abort();
    this.#socket?.terminate();
    this.#triedOnce();
  }

  get #base(): URL {
    return new URL(this.url.replace(/\/?$/, "/"));
  }

  #dial(): void {
    const url = new URL(SWARM_PATH, this.#base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, {
      handshakeTimeout: DIAL_TIMEOUT_MS,
      maxPayload: GATEWAY_MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
      lookup: ipv6First,
    });
    this.#socket = socket;
    socket.on("open", () => {
      this.#heard(socket);
      this.#opened();
    });
    socket.on("error", () => {});
    socket.on("ping", () => this.#heard(socket));
    socket.on("message", (data: Uint8Array, binary: boolean) => {
      this.#heard(socket);
      if (!binary) this.#take(new TextDecoder().decode(data));
    });
    socket.on("close", () => this.#lost());
  }

  /** A machine that loses its power says nothing: a gateway pings more often than this. */
  #heard(socket: WebSocket): void {
    this.#cancelSilence();
    this.#cancelSilence = this.clock.timer(
      GATEWAY_SILENCE_MS_MAX,
      () => socket.terminate(),
    );
  }

  #opened(): void {
    this.connected = true;
    this.#redialMs = REDIAL_MS;
    this.#end = new AbortController();
    this.send({ t: "hello", v: SWARM_SOCKET_VERSION, ...this.hello(4) });
    this.#triedOnce();
    this.events.up(this);
  }

  #lost(): void {
    this.#cancelSilence();
    const was = this.connected;
    this.connected = false;
    this.#ticket = undefined;
    this.#end.abort();
    this.#triedOnce();
    for (const { reject } of this.#joins.values()) {
      reject(unreachable(this.url, "the connection was lost"));
    }
    if (this.#closed) return;
    if (was) this.events.down(this);
    this.#cancelRedial = this.clock.timer(this.#redialMs, () => this.#dial());
    this.#redialMs = Math.min(2 * this.#redialMs, REDIAL_MAX_MS);
  }

  async #show(): Promise<void> {
    const { clock } = this;
    const { signal } = this.#end;
    for (const family of [6, 4] as const) {
      const ticket = this.#ticket;
      const { port } = this.hello(family);
      if (ticket === undefined || this.#shown.get(family) === port) continue;
      this.#shown.set(family, port);
      const gateway = this.#base;
      await show({ gateway, ticket, family, port }, { clock, signal });
    }
  }

  #welcomed({ address, ticket }: GatewayMessage & { t: "welcome" }): void {
    if (typeof ticket !== "string" || this.#closed) return;
    this.#ticket = ticket;
    this.#shown.clear();
    this.#shown.set(familyOf(String(address)), this.hello(4).port);
    this.show();
  }

  #take(text: string): void {
    const message = parseMessage(text);
    if (message === undefined) return;
    if (message.t === "welcome") this.#welcomed(message);
    const waiting = "ref" in message && message.ref !== undefined
      ? this.#joins.get(message.ref)
      : undefined;
    if (waiting === undefined) return this.events.message(this, message);
    if (message.t === "joined") waiting.resolve(message);
    else if (message.t === "error") waiting.reject(refusal(this.url, message));
  }
}

/** A message, or undefined for what is not one of ours. Fields are checked where they are used. */
function parseMessage(text: string): GatewayMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const named = typeof value === "object" && value !== null && "t" in value;
    return named ? value as GatewayMessage : undefined;
  } catch {
    return undefined;
  }
}

/** What a gateway refuses keeps its own code where it is about the file. */
function refusal(
  url: string,
  error: GatewayMessage & { t: "error" },
): AlluviumError {
  const aboutFile = ["media-unreachable", "media-rejected", "media-changed"];
  const code = aboutFile.find((name) => name === error.code);
  return new AlluviumError(
    (code ?? "gateway-unreachable") as "media-rejected",
    String(error.message),
    code === undefined ? { url } : {},
  );
}

function unreachable(url: string, why: string): AlluviumError {
  return new AlluviumError(
    "gateway-unreachable",
    `Cannot ask the gateway: ${why}`,
    { url },
  );
}
