/**
 * A web server that does what broken ones do, and no honest server can be
 * configured to do: bodies that never end, bodies shorter than promised. Raw
 * HTTP/1.1 over TCP, one answer a connection.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";

/** How a path is answered. */
export type BadAnswer =
  /** No length is told and the body never ends. */
  | { kind: "endless" }
  /** All of `bytes` is promised, and what lies from `cut` on never comes. */
  | { kind: "short"; bytes: Uint8Array; cut: number };

const encoder = new TextEncoder();

/** A running server; `await using` ends it. */
export class BadOrigin implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #running: Promise<void>;

  /** @param paths answers by path, `/a.mp3` */
  constructor(readonly paths: Record<string, BadAnswer>) {
    this.#running = this.#accept();
  }

  /** Its address, with a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/`;
  }

  /** Ends every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#running;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      serving.push(this.#serve(connection));
    }
    await Promise.all(serving);
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    try {
      const { path, start, end } = await readRequest(connection);
      const answer = this.paths[path];
      if (answer?.kind === "endless") await sendForEver(connection);
      else if (answer) await sendShort(connection, answer, start, end);
      else await send(connection, "HTTP/1.1 404 Not Found\r\n\r\n");
    } catch {
      // The other side has gone.
    }
    this.#connections.delete(connection);
    close(connection);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** The path, and the range where one is asked for. */
async function readRequest(connection: Deno.Conn) {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    head += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  const [, path = "/"] = /^\w+ (\S+)/.exec(head) ?? [];
  const [, start, end] = /^range: *bytes=(\d+)-(\d*)/im.exec(head) ?? [];
  return {
    path,
    start: start === undefined ? undefined : Number(start),
    end: end ? Number(end) + 1 : undefined,
  };
}

async function sendForEver(connection: Deno.Conn): Promise<void> {
  const type = "Content-Type: audio/mpeg\r\n";
  await send(connection, `HTTP/1.1 200 OK\r\n${type}\r\n`);
  const noise = crypto.getRandomValues(new Uint8Array(16_384));
  while (true) {
    await send(connection, noise);
    await systemClock.sleep(20);
  }
}

async function sendShort(
  connection: Deno.Conn,
  { bytes, cut }: BadAnswer & { kind: "short" },
  start: number | undefined,
  end = bytes.length,
): Promise<void> {
  const from = start ?? 0;
  const range = `bytes ${from}-${end - 1}/${bytes.length}`;
  const status = start === undefined
    ? "200 OK"
    : `206 Partial Content\r\nContent-Range: ${range}`;
  await send(
    connection,
    `HTTP/1.1 ${status}\r\nContent-Type: audio/mpeg\r\n` +
      `Content-Length: ${end - from}\r\nConnection: close\r\n\r\n`,
  );
  await send(connection, bytes.subarray(from, Math.min(end, cut)));
}

async function send(
  connection: Deno.Conn,
  data: string | Uint8Array,
): Promise<void> {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}
