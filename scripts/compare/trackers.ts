/**
 * The servers of the gateway's comparison, each in a process of its own that
 * tells its memory when it is asked. Both run on Deno.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { systemClock } from "../../lib/clock.ts";
import { createGateway, SqliteStore } from "../../lib/gateway/mod.ts";
import { Front } from "../../lib/http/mod.ts";

/** Who is compared. */
export type TrackerKind = "alluvium" | "bittorrent-tracker";

/** A server's memory after a garbage collection. */
export interface Memory {
  heapBytes: number;
  rssBytes: number;
  /** Open file descriptors. */
  descriptors: number;
}

/** A server under comparison. */
export interface RunningTracker {
  pid: number;
  port: number;
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

/** Starts a server of a kind in a process of its own. */
export async function startTracker(
  kind: TrackerKind,
): Promise<RunningTracker> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--v8-flags=--expose-gc"],
      ...["--import-map", "scripts/npm/import_map.json"],
      ...[new URL("gateway.ts", import.meta.url).pathname, "server", kind],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = linesOf(child.stdout);
  const next = async () => JSON.parse((await lines.next()).value ?? "null");
  const { port } = await next();
  return {
    pid: child.pid,
    port,
    async memory() {
      await writer.write(new TextEncoder().encode("memory\n"));
      return await next();
    },
    async stop() {
      await writer.close();
      await child.status;
      await lines.return(undefined);
    },
  };
}

/** Serves until its input ends; prints its port, and its memory for every line that comes in. */
export async function serverMain(kind: TrackerKind): Promise<void> {
  const { port, close } = await (kind === "alluvium" ? serveOurs() : serveBt());
  console.log(JSON.stringify({ port }));
  for await (const _ of linesOf(Deno.stdin.readable)) {
    console.log(JSON.stringify(memory()));
  }
  await close();
}

function memory(): Memory {
  const { gc } = globalThis as unknown as { gc(): void };
  for (let i = 0; i < 3; i++) gc();
  const { heapUsed, rss } = Deno.memoryUsage();
  const descriptors = readdirSync("/proc/self/fd").length;
  return { heapBytes: heapUsed, rssBytes: rss, descriptors };
}

interface Serving {
  port: number;
  close(): Promise<void>;
}

/** As `alluvium gateway --allow-private` does it. */
async function serveOurs(): Promise<Serving> {
  const folder = await Deno.makeTempDir({ prefix: "alluvium-compare-" });
  const gateway = await createGateway({
    store: new SqliteStore(`${folder}/gateway.sqlite`),
    folder,
    keepBytes: 1024 ** 3,
    allowPrivate: true,
    clock: systemClock,
    random: Math.random,
  });
  const front = await Front.listen({
    routes: gateway.routes,
    sockets: gateway.sockets,
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  gateway.listening(front.port);
  return {
    port: front.port,
    async close() {
      await front.close();
      await gateway.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** With its own defaults, but for UDP and the statistics page. */
async function serveBt(): Promise<Serving> {
  // Pinned here alone: the program does not need it.
  const { default: Server } = await import(
    "npm:bittorrent-tracker@11.2.3/server"
  );
  const server = new Server({ udp: false, stats: false });
  server.on("warning", (error: unknown) => console.error(error));
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.http.address() as AddressInfo;
  return {
    port,
    close() {
      // Its own close() waits for every socket.
      process.exit(0);
    },
  };
}

/** An origin of small files; none of them is downloaded twice. */
export async function startFiles(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const name = request.url ?? "";
    if (name.endsWith(".tree")) return void response.writeHead(404).end();
    const bytes = new TextEncoder().encode(name.padEnd(1000));
    response.writeHead(200, {
      "content-type": "audio/mpeg",
      "content-length": bytes.length,
      etag: `"${name}"`,
    });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A stream of bytes as lines of text. */
export async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
