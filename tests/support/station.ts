/**
 * A station as its owner has it: a folder of media on a web server that no one
 * here wrote, and playlists that say what plays when.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import { LeafLayerBuilder, toHex } from "../../lib/hashtree/mod.ts";
import type { Item, Playlist } from "../../lib/playlist/playlist.ts";
import { writePlaylist } from "../../lib/playlist/write.ts";
import { makeMedia, type MediaSpec, mediaType } from "./media.ts";
import { type Nginx, type NginxOptions, startNginx } from "./nginx.ts";
import { freePort } from "./ports.ts";
import { type Child, start } from "./processes.ts";
import { program } from "./programs.ts";
import { tempFolder } from "./temp.ts";

/** What a station has, and who serves it. */
export interface StationOptions {
  /** Media to make, by file name. */
  files: Record<string, MediaSpec>;
  /** Whether `FILE.tree` lies beside each. @default {false} */
  trees?: boolean;
  /** Python's knows no Range. @default {"nginx"} */
  server?: "nginx" | "python";
  /** More for nginx. */
  nginx?: NginxOptions;
}

/** An item of a playlist. */
export interface StationItem {
  /** A file of the station; else `url`. */
  file?: string;
  /** Another address. */
  url?: string;
  title?: string;
  startMs?: number;
  /** Default: the file's. */
  durationMs?: number;
}

/** What a playlist says. */
export interface Publication {
  items: StationItem[];
  /** Whether items say their root and length. @default {false} */
  roots?: boolean;
  gateways?: string[];
  /** A file of the station that is heard where nothing else is. */
  filler?: string;
  /** @default {"playlist.rss"} */
  name?: string;
  /** How often listeners read it again. */
  updateIntervalMs?: number;
}

/** A running station; `await using` ends it and removes its files. */
export interface Station extends AsyncDisposable {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Its folder. */
  readonly root: string;
  /** Its web server's process. */
  readonly server: Child;
  /** Its web server, where that is nginx. */
  readonly nginx?: Nginx;
  /** A file's bytes. */
  bytes(file: string): Uint8Array;
  /** A file's root as 64 hex digits. */
  rootOf(file: string): string;
  /** Writes a playlist, and returns its address. */
  publish(publication: Publication): Promise<string>;
}

/** The name of every station of tests. */
export const STATION_TITLE = "Radio Delta";

/** Makes the media and starts the web server. */
export async function startStation(options: StationOptions): Promise<Station> {
  const folder = await tempFolder();
  const root = folder.file("media");
  await Deno.mkdir(root);
  await makeFiles(root, options);
  const web = options.server === "python"
    ? await startPython(root)
    : await nginxWeb({ ...options.nginx, root });
  const content = contents(root, options.files);
  return {
    ...web,
    root,
    bytes: (file) => content(file).bytes,
    rootOf: (file) => content(file).root,
    async publish(publication) {
      const { name = "playlist.rss" } = publication;
      const url = web.url + name;
      const items = publication.items.map((item) =>
        itemOf(item, web.url, options.files, publication.roots ? content : null)
      );
      const text = writePlaylist(playlistOf(url, items, publication));
      await Deno.writeTextFile(`${root}/${name}.new`, text);
      await Deno.rename(`${root}/${name}.new`, `${root}/${name}`);
      return url;
    },
    async [Symbol.asyncDispose]() {
      await web[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A web server, whichever. */
type Web = Pick<Station, "url" | "server" | "nginx"> & AsyncDisposable;

async function nginxWeb(options: NginxOptions): Promise<Web> {
  const nginx = await startNginx(options);
  return {
    url: nginx.url,
    server: nginx.child,
    nginx,
    [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose](),
  };
}

/** `python3 -m http.server`, as many a small station is served. */
async function startPython(root: string): Promise<Web> {
  const port = freePort();
  const server = start(program("python3").required(), [
    ...["-u", "-m", "http.server", `${port}`],
    ...["--bind", "127.0.0.1", "--directory", root],
  ]);
  await server.waitFor(/Serving HTTP/);
  return {
    url: `http://127.0.0.1:${port}/`,
    server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function makeFiles(
  root: string,
  { files, trees }: StationOptions,
): Promise<void> {
  for (const [name, spec] of Object.entries(files)) {
    await makeMedia(`${root}/${name}`, spec);
    if (!trees) continue;
    const { layer } = layerOf(await Deno.readFile(`${root}/${name}`));
    await Deno.writeFile(`${root}/${name}.tree`, layer);
  }
}

function layerOf(bytes: Uint8Array) {
  const builder = new LeafLayerBuilder();
  builder.write(bytes);
  return builder.finish();
}

interface Content {
  bytes: Uint8Array;
  root: string;
}

/** The station's files, each read and hashed when first asked for. */
function contents(
  root: string,
  files: StationOptions["files"],
): (file: string) => Content {
  const known = new Map<string, Content>();
  return (file) => {
    if (!(file in files)) throw new RangeError(`No such file: ${file}`);
    const content = known.get(file) ?? readContent(`${root}/${file}`);
    known.set(file, content);
    return content;
  };
}

function readContent(path: string): Content {
  const bytes = Deno.readFileSync(path);
  return { bytes, root: toHex(layerOf(bytes).root) };
}

function itemOf(
  { file, url, ...given }: StationItem,
  base: string,
  files: StationOptions["files"],
  content: ((file: string) => Content) | null,
): Item {
  const spec = file === undefined ? undefined : files[file]!;
  const named = content === null || file === undefined
    ? {}
    : { root: content(file).root, length: content(file).bytes.length };
  return {
    url: url ?? `${base}${file}`,
    title: spec?.title ?? "Untitled",
    ...(spec?.creator === undefined ? {} : { creator: spec.creator }),
    ...(spec === undefined ? {} : { durationMs: spec.seconds * 1000 }),
    ...(file === undefined ? {} : { type: mediaType(file) }),
    ...named,
    ...given,
  };
}

function playlistOf(
  url: string,
  items: Item[],
  { gateways = [], updateIntervalMs, filler }: Publication,
): Playlist {
  const fillerUrl = filler && new URL(filler, url).href;
  return {
    url,
    kind: items.some(({ startMs }) => startMs !== undefined)
      ? "scheduled"
      : "rotation",
    title: STATION_TITLE,
    gateways,
    anchorMs: 0,
    ...(updateIntervalMs === undefined ? {} : { updateIntervalMs }),
    ...(fillerUrl ? { filler: { url: fillerUrl, title: "Back soon" } } : {}),
    items,
    problems: [],
  };
}

/** A whole second in so many seconds from now; playlists have no finer ones. */
export function secondsFromNow(seconds: number): number {
  return Math.round(systemClock.now() / 1000 + seconds) * 1000;
}
