/**
 * The servers of the gateway's comparison, each in a process of its own on Deno
 * that tells its memory when it is asked.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { createGateway, SqliteStore } from "../../lib/gateway/mod.ts";
import { Front } from "../../lib/http/mod.ts";
import { ROOT } from "../paths.ts";

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

const FLAGS = ["run", "-q", "-A", "--no-check", "--v8-flags=--expose-gc"];

const OURS = [
  ...["--import-map", `${ROOT}/scripts/npm/import_map.json`],
  ...[`${ROOT}/scripts/compare/gateway.ts`, "server"],
];

const THEIRS = [
  ...["--no-config", "--no-lock"],
  `${ROOT}/scripts/compare/rivals/bittorrent_tracker.ts`,
];

/** Starts a server of a kind in a process of its own. */
export async function startTracker(
  kind: TrackerKind,
): Promise<RunningTracker> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...FLAGS, ...(kind === "alluvium" ? OURS : THEIRS)],
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

/** Serves with our gateway until its input ends; prints its port, and its memory for every line that comes in. */
export async function serverMain(): Promise<void> {
  const { port, close } = await serve();
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
async function serve(): Promise<Serving> {
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
