/**
 * Files on the air in every container at once: real mounts and HLS on a real
 * port, at the pace of the media, one item after the other.
 *
 * @module
 */
import { waitingMountRoutes } from "../../lib/cli/radio/mount_wait.ts";
import { systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/front.ts";
import type { Route } from "../../lib/http/route.ts";
import { Mount } from "../../lib/icecast/mount.ts";
import { MountTable } from "../../lib/icecast/mount_table.ts";
import { pace } from "../../lib/icecast/pacer.ts";
import { MOUNT_LEAD_MS } from "../../lib/limits.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { mountAll, type Streamed } from "../media/streams.ts";

/** Items, with a joint between each two of them: ten that are played by whoever comes late or leaves early. */
export const ITEMS = 13;

/** Files that are played in turn, again and again, and where. */
export interface Programme {
  files: Uint8Array[];
  /** `/mp3` and the like; its mounts are at `/mp3/stream.<container>`. */
  name: string;
}

/** Everything on the air; `await using` ends it. */
export interface OnAir extends AsyncDisposable {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Paths of mounts and HLS playlists. */
  readonly paths: string[];
  /** How often each path was asked for while it was there, by whom: `PATH USER-AGENT`. */
  readonly asked: ReadonlyMap<string, number>;
  /** Begins to play; resolves when all has been sent. */
  play(): Promise<void>;
}

/** Makes the mounts; nothing plays before {@linkcode OnAir.play}. */
export async function goOnAir(
  programmes: readonly Programme[],
  page?: string,
): Promise<OnAir> {
  const table = new MountTable();
  const asked = new Map<string, number>();
  const counted = (route: Route): Route => ({
    ...route,
    handle(request, info) {
      const agent = request.headers.get("user-agent") ?? "";
      const path = info.url.pathname;
      const isHere = table.get(path) ?? table.hls.answer(path);
      const key = `${path} ${agent}`;
      if (isHere) asked.set(key, (asked.get(key) ?? 0) + 1);
      return route.handle(request, info);
    },
  });
  const front = await Front.listen({
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
    routes: [
      {
        method: "GET",
        path: "/page",
        handle: () =>
          new Response(page, { headers: { "Content-Type": "text/html" } }),
      },
      ...waitingMountRoutes(table, { clock: systemClock }).map(counted),
    ],
  });
  const stop = new AbortController();
  const starts: (() => Promise<void>)[] = [];
  const paths: string[] = [];
  for (const { files, name } of programmes) {
    const items = Array.from(
      { length: ITEMS },
      (_, i) => files[i % files.length]!,
    );
    const streams = await mountAll(items);
    for (const stream of streams) {
      const { path, push, end } = offer(table, stream, name);
      paths.push(...path);
      starts.push(async () => {
        await pace(ReadableStream.from(stream.chunks), { push }, {
          clock: systemClock,
          signal: stop.signal,
          leadMs: MOUNT_LEAD_MS,
        });
        end();
      });
    }
  }
  return {
    url: front.url,
    paths,
    asked,
    play: async () => void await Promise.all(starts.map((start) => start())),
    async [Symbol.asyncDispose]() {
      stop.abort();
      table.clear();
      await front.close();
    },
  };
}

/** One container as a mount, as HLS, or as both. */
function offer(table: MountTable, { writer }: Streamed, name: string) {
  const { extension, contentType } = writer;
  const mount = new Mount({
    path: `/${name}/stream.${extension}`,
    contentType,
    name,
    clock: systemClock,
    queue: { bytesMax: 16 * 1024 * 1024 },
  });
  const hlsPath = `/${name}/stream.m3u8`;
  const hls = writer.hls === undefined ? undefined : table.hls.add(hlsPath);
  // Fragments of MP4 are for HLS alone.
  const isMount = extension !== "mp4";
  if (isMount) table.add(mount);
  let atMs = systemClock.now();
  return {
    path: [...(isMount ? [mount.path] : []), ...(hls ? [hlsPath] : [])],
    push(chunk: MountChunk) {
      if (isMount) mount.push(chunk);
      hls?.push(chunk, atMs);
      atMs += chunk.durationMs;
    },
    end: () => table.remove(mount.path),
  };
}
