/**
 * A gateway that says what a test wants it to say, lies included. It speaks
 * `lib/gateway/messages.ts` over a real WebSocket on loopback and keeps what it
 * was told; every decision is the test's.
 *
 * @module
 */
import type {
  ClientMessage,
  GatewayMessage,
} from "../../lib/gateway/messages.ts";

/** One client's socket, as the test sees it. */
export interface DoubleClient {
  /** The hello, once it came. */
  hello?: ClientMessage & { t: "hello" };
  send(message: GatewayMessage): void;
}

/** Answers a client's message. */
export type DoubleAnswer = (
  message: ClientMessage,
  client: DoubleClient,
) => void;

/** A gateway under the test's control. */
export class GatewayDouble implements AsyncDisposable {
  /** Everything clients said, in order. */
  readonly heard: ClientMessage[] = [];
  readonly clients: DoubleClient[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #sockets = new Set<WebSocket>();

  /** Starts on a free loopback port. */
  constructor(answer: DoubleAnswer) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#upgrade(request, answer),
    );
  }

  /** Base URL. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Goes away in the middle of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    const gone = [...this.#sockets].map((socket) =>
      new Promise<void>((resolve) => {
        socket.addEventListener("close", () => resolve());
        socket.close();
      })
    );
    await Promise.all(gone);
    await this.#server.shutdown();
  }

  #upgrade(request: Request, answer: DoubleAnswer): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    this.#sockets.add(socket);
    const client: DoubleClient = {
      send: (message) => {
        if (socket.readyState === WebSocket.OPEN) {
          socket.send(JSON.stringify(message));
        }
      },
    };
    this.clients.push(client);
    socket.onmessage = ({ data }) => {
      const message: ClientMessage = JSON.parse(data);
      this.heard.push(message);
      if (message.t === "hello") client.hello = message;
      answer(message, client);
    };
    socket.onclose = () => this.#sockets.delete(socket);
    return response;
  }
}
