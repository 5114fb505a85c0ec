/**
 * The demo's station: the bundled media in a folder, made a station by the
 * Broadcaster and served by a web server that counts what it sends. That count
 * is what the demo is about: it stays near one copy, however many listen.
 *
 * @module
 */
import { join } from "node:path";
import { broadcastFolder } from "../../broadcaster/mod.ts";
import type { Clock } from "../../clock.ts";
import { Front } from "../../http/front.ts";
import type { Reply, Route } from "../../http/route.ts";
import { staticFiles } from "../../http/static_files.ts";
import { loadDemoMedia } from "../demo_media.ts";

/** What the origin has sent so far. */
export interface OriginCount {
  /** Bytes of media in all. */
  bytes: number;
  /** Lengths of the files that were asked for, together. */
  bytesOfFiles: number;
}

/** The demo's web server. */
export class DemoOrigin {
  readonly #folder: string;
  readonly #front: Front;
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #asked: Set<string>;
  readonly #sent: { bytes: number };

  private constructor(
    folder: string,
    front: Front,
    sizes: ReadonlyMap<string, number>,
    counts: { asked: Set<string>; sent: { bytes: number } },
  ) {
    this.#folder = folder;
    this.#front = front;
    this.#sizes = sizes;
    this.#asked = counts.asked;
    this.#sent = counts.sent;
  }

  /**
   * Writes the media into a folder and serves it; there is no playlist yet.
   *
   * @param folder empty, and the caller's to remove
   */
  static async start(folder: string, clock: Clock): Promise<DemoOrigin> {
    const sizes = new Map<string, number>();
    for (const { name, bytes } of await loadDemoMedia()) {
      await Deno.writeFile(join(folder, name), bytes);
      sizes.set(`/${name}`, bytes.length);
    }
    const asked = new Set<string>();
    const sent = { bytes: 0 };
    const note = (path: string, bytes: number) => {
      if (!sizes.has(path)) return;
      asked.add(path);
      sent.bytes += bytes;
    };
    const front = await Front.listen({
      routes: staticFiles(folder).map((route) => counted(route, note)),
      hostname: "127.0.0.1",
      port: 8080,
      fallbackPorts: true,
      clock,
    });
    return new DemoOrigin(folder, front, sizes, { asked, sent });
  }

  /** The station's address. */
  get playlist(): string {
    return `${this.#front.url}playlist.rss`;
  }

  /** What was sent so far. */
  get count(): OriginCount {
    let bytesOfFiles = 0;
    for (const path of this.#asked) bytesOfFiles += this.#sizes.get(path) ?? 0;
    return { bytes: this.#sent.bytes, bytesOfFiles };
  }

  /** Makes the station: playlist and hash trees. */
  async broadcast(gateway: string, signal: AbortSignal): Promise<void> {
    await broadcastFolder({
      folder: this.#folder,
      gateways: [gateway],
      title: "Alluvium Demo Radio",
      signal,
    });
  }

  /** Stops serving. */
  close(): Promise<void> {
    return this.#front.close();
  }
}

/** A route that tells how many bytes of each answer's body went out. */
function counted(
  route: Route,
  note: (path: string, bytes: number) => void,
): Route {
  return {
    ...route,
    async handle(request, info): Promise<Reply> {
      const reply = await route.handle(request, info);
      const isBody = reply instanceof Response && request.method === "GET";
      if (!isBody || reply.body === null) return reply;
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          note(info.url.pathname, chunk.length);
          controller.enqueue(chunk);
        },
      });
      const { status, headers } = reply;
      return new Response(reply.body.pipeThrough(count), { status, headers });
    },
  };
}
