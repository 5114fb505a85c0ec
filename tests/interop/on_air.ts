/**
 * Files on the air in every container at once: real mounts and HLS on a real
 * port, at the pace of the media, one item after the other.
 *
 * @module
 */
import { waitingMountRoutes } from "../../lib/cli/radio/mount_wait.ts";
import { systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/front.ts";
import { Mount } from "../../lib/icecast/mount.ts";
import { MountTable } from "../../lib/icecast/mount_table.ts";
import { pace } from "../../lib/icecast/pacer.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { mountAll, type Streamed } from "../media/streams.ts";

/** Items, with a joint between each two of them. */
export const ITEMS = 19;

/** A file that is played again and again, and where. */
export interface Programme {
  file: Uint8Array;
  /** `/mp3` and the like; its mounts are at `/mp3/stream.<container>`. */
  name: string;
}

/** Everything on the air; `await using` ends it. */
export interface OnAir extends AsyncDisposable {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Paths of mounts and HLS playlists. */
  readonly paths: string[];
  /** Begins to play; resolves when all has been sent. */
  play(): Promise<void>;
}

/** Makes the mounts; nothing plays before {@linkcode OnAir.play}. */
export async function goOnAir(
  programmes: readonly Programme[],
  page?: string,
): Promise<OnAir> {
  const table = new MountTable();
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
      ...waitingMountRoutes(table, { clock: systemClock }),
    ],
  });
  const stop = new AbortController();
  const starts: (() => Promise<void>)[] = [];
  const paths: string[] = [];
  for (const { file, name } of programmes) {
    const streams = await mountAll(Array.from({ length: ITEMS }, () => file));
    for (const stream of streams) {
      const { path, push, end } = offer(table, stream, name);
      paths.push(...path);
      starts.push(async () => {
        await pace(ReadableStream.from(stream.chunks), { push }, {
          clock: systemClock,
          signal: stop.signal,
          leadMs: 1000,
        });
        end();
      });
    }
  }
  return {
    url: front.url,
    paths,
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
