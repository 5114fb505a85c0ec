/**
 * A small world for gateway tests, on loopback: an origin whose every answer
 * the test decides and counts, a gateway on a real front port, and clients that
 * speak `lib/gateway/messages.ts` over raw WebSockets.
 *
 * @module
 */
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { MemoryStore } from "../../lib/gateway/memory_store.ts";
import {
  type ClientMessage,
  createGateway,
  type Gateway,
  type GatewayMessage,
  type GatewayOptions,
  type GatewayStore,
  SWARM_SOCKET_VERSION,
} from "../../lib/gateway/mod.ts";
import { Front, WebSocket } from "../../lib/http/mod.ts";
import { type TempFolder, tempFolder } from "../support/temp.ts";

/** How an origin answers a path. */
export type OriginHandler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
) => void | Promise<void>;

/** An origin; `await using` ends it. */
export interface Origin extends AsyncDisposable {
  /** With a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** `METHOD /path` of every request so far. */
  readonly requests: string[];
}

/** Starts an origin on loopback. */
export async function startOrigin(handler: OriginHandler): Promise<Origin> {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.on("error", () => {});
    void handler(request, response);
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers every path with one file and its validators; knows HEAD and no Range. */
export function oneFile(
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): OriginHandler {
  return (request, response) => {
    if (request.url?.endsWith(".tree")) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": "audio/mpeg",
      "content-length": bytes.length,
      etag: '"one"',
      ...headers,
    });
    response.end(request.method === "HEAD" ? undefined : bytes);
  };
}

/** A gateway on a port; `await using` ends it. */
export interface GatewayWorld extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly front: Front;
  /** With a slash at the end. */
  readonly url: string;
  readonly store: GatewayStore;
  readonly folder: TempFolder;
  /** Connects a client and says hello. */
  client(hello?: Partial<ClientMessage & { t: "hello" }>): Promise<TestClient>;
}

/** Starts a gateway on loopback that takes loopback URLs. */
export async function startGateway(
  options: Partial<GatewayOptions> = {},
): Promise<GatewayWorld> {
  const folder = await tempFolder();
  const store = options.store ?? new MemoryStore();
  const gateway = await createGateway({
    store,
    folder: folder.path,
    keepBytes: 1e9,
    allowPrivate: true,
    clock: systemClock,
    random: Math.random,
    ...options,
  });
  const front = await Front.listen({
    routes: gateway.routes,
    sockets: gateway.sockets,
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  gateway.listening(front.port);
  const clients: TestClient[] = [];
  return {
    gateway,
    front,
    url: front.url,
    store,
    folder,
    async client(hello = {}) {
      const client = await TestClient.connect(front.url, hello);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close();
      await front.close();
      await gateway.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

let lastId = 0;

/** A raw client: sends what it is told, keeps what comes. */
export class TestClient {
  /** Every message so far, in order. */
  readonly received: GatewayMessage[] = [];
  /** The close code, once closed. */
  closeCode: number | undefined;
  readonly id: string;
  readonly #socket: WebSocket;
  #wake: () => void = () => {};
  #ref = 0;

  private constructor(socket: WebSocket, id: string) {
    this.#socket = socket;
    this.id = id;
    socket.on("message", (data: Uint8Array) => {
      this.received.push(JSON.parse(new TextDecoder().decode(data)));
      this.#wake();
    });
    socket.on("close", (code: number) => {
      this.closeCode = code;
      this.#wake();
    });
    socket.on("error", () => {});
  }

  /** Connects and, unless `id` is empty, says hello. */
  static async connect(
    url: string,
    hello: Partial<ClientMessage & { t: "hello" }> = {},
  ): Promise<TestClient> {
    const socket = new WebSocket(`${url.replace("http", "ws")}ocn/v1/swarm`);
    const id = hello.id ?? (++lastId).toString(16).padStart(32, "0");
    const client = new TestClient(socket, id);
    await new Promise((resolve, reject) => {
      socket.on("open", resolve);
      socket.on("error", reject);
    });
    if (id === "") return client;
    client.send({
      t: "hello",
      v: SWARM_SOCKET_VERSION,
      id,
      port: 0,
      capacity: 1_000_000,
      share: true,
      ...hello,
    });
    await client.next("welcome");
    return client;
  }

  /** Sends a message. */
  send(message: ClientMessage): void {
    this.sendText(JSON.stringify(message));
  }

  /** Sends any text. */
  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** Joins; resolves with the answer, or the refusal. */
  async join(
    join: Partial<ClientMessage & { t: "join" }> & { url: string },
  ): Promise<GatewayMessage & { t: "joined" | "error" }> {
    const ref = ++this.#ref;
    this.send({ t: "join", ref, leaf: 0, chunk: 4, lease: 0, ...join });
    const answer = await this.find((message) =>
      (message.t === "joined" || message.t === "error") && message.ref === ref
    );
    return answer as GatewayMessage & { t: "joined" | "error" };
  }

  /** Joins; anything but the answer wanted is an error. */
  async joined(
    join: Partial<ClientMessage & { t: "join" }> & { url: string },
  ): Promise<GatewayMessage & { t: "joined" }> {
    const answer = await this.join(join);
    if (answer.t === "joined") return answer;
    throw new Error(`${answer.code}: ${answer.message}`);
  }

  /** Takes the first message of a kind that has come or comes, out of the list. */
  async next<T extends GatewayMessage["t"]>(
    t: T,
  ): Promise<GatewayMessage & { t: T }> {
    return await this.find((message) => message.t === t) as
      & GatewayMessage
      & { t: T };
  }

  /** Takes the first message that fits out of the list. */
  async find(
    fits: (message: GatewayMessage) => boolean,
    timeoutMs = 5000,
  ): Promise<GatewayMessage> {
    const deadline = systemClock.monotonic() + timeoutMs;
    for (;;) {
      const at = this.received.findIndex(fits);
      if (at >= 0) return this.received.splice(at, 1)[0]!;
      const leftMs = deadline - systemClock.monotonic();
      if (leftMs <= 0) {
        const seen = this.received.map(({ t }) => t).join(" ");
        throw new Error(`No such message in ${timeoutMs} ms; seen: ${seen}`);
      }
      await this.#change(leftMs);
    }
  }

  /** Resolves with the close code. */
  async closed(): Promise<number> {
    while (this.closeCode === undefined) await this.#change(5000);
    return this.closeCode;
  }

  /** Hangs up. */
  async close(): Promise<void> {
    this.#socket.terminate();
    await this.closed();
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = systemClock.timer(timeoutMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** A promise and its key. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
