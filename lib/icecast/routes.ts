/**
 * The pages of a mount table: the streams, a player's playlists for each, and
 * the status. The streams stand at any path, so these routes come last in a
 * front's table; what is no mount goes to `otherwise`.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import {
  type Reply,
  type RequestInfo,
  type Route,
  Takeover,
} from "../http/route.ts";
import type { Mount } from "./mount.ts";
import type { MountTable } from "./mount_table.ts";
import { statusPage, versionPage } from "./pages/public_pages.ts";
import {
  PLAYLIST_FORMATS,
  type PlaylistExtension,
} from "./player_playlists.ts";
import { CORS_HEADERS, NO_CACHE_HEADERS, streamHead } from "./response_head.ts";
import type { ListenerRules } from "./listener_rules.ts";
import { type SourceContext, sourceStatus, statusDocument } from "./status.ts";

/** How mounts are served. */
export interface MountRoutesOptions {
  /** For dates in heads and status. */
  clock: Clock;
  /** Where the mounts are for the world, e.g. behind a proxy; else what each request calls us. */
  publicUrl?: string;
  /**
   * Whether scripts of other sites may read streams and status, as Icecast lets
   * them. A page can then see what this machine plays.
   *
   * @default {true}
   */
  crossOrigin?: boolean;
  /** Limits on listeners. @default {none} */
  rules?: ListenerRules;
  /**
   * Asks a listener for its name and password.
   *
   * @returns the name, undefined where everyone may listen
   */
  admit?(
    mount: Mount,
    request: Request,
    info: RequestInfo,
  ): Promise<string | undefined>;
  /** Whether {@linkcode MountRoutesOptions.admit} asks for a login on a mount. @default {no} */
  needsLogin?(path: string): boolean;
  /** Answers a GET or HEAD that is for no mount. @default {404} */
  otherwise?: Route["handle"];
}

/**
 * The routes of a mount table:
 *
 * | path | answer |
 * | --- | --- |
 * | `/status-json.xsl` | Icecast's status |
 * | `/status.xsl`, `/server_version.xsl` | the same for people |
 * | a mount's path | the stream; HEAD its headers; OPTIONS what a script may ask |
 * | a mount's path and `.m3u`, `.pls`, `.xspf` | a playlist for players |
 */
export function mountRoutes(
  mounts: MountTable,
  options: MountRoutesOptions,
): Route[] {
  const pages = new MountPages(mounts, options);
  return [
    {
      method: "GET",
      path: "/status-json.xsl",
      handle: (_request, info) => pages.status(info),
    },
    {
      method: "GET",
      path: "/status.xsl",
      handle: (_request, info) => pages.statusPage(info),
    },
    {
      method: "GET",
      path: "/server_version.xsl",
      handle: () => versionPage(),
    },
    {
      method: "GET",
      path: "/:path+",
      handle: (request, info) => pages.get(request, info),
    },
    {
      method: "OPTIONS",
      path: "/:path+",
      handle: () => pages.options(),
    },
  ];
}

class MountPages {
  readonly #mounts: MountTable;
  readonly #options: MountRoutesOptions;
  readonly #startedAtMs: number;
  readonly #cors: Readonly<Record<string, string>>;

  constructor(mounts: MountTable, options: MountRoutesOptions) {
    this.#mounts = mounts;
    this.#options = options;
    this.#startedAtMs = options.clock.now();
    this.#cors = options.crossOrigin === false ? {} : CORS_HEADERS;
  }

  status(info: RequestInfo): Response {
    const document = statusDocument(this.#shown(info), {
      ...this.#context(info),
      startedAtMs: this.#startedAtMs,
    });
    return this.#page(
      "application/json; charset=UTF-8",
      JSON.stringify(document),
    );
  }

  statusPage(info: RequestInfo): Response {
    return statusPage(this.#shown(info), this.#context(info));
  }

  /** Those that are listed, or the one that is asked for, in Icecast's order. */
  #shown({ url }: RequestInfo): Mount[] {
    const wanted = url.searchParams.get("mount");
    return this.#mounts.byPath().filter(({ info, path }) =>
      !info.isHidden && (wanted === null || path === wanted)
    );
  }

  #context(info: RequestInfo): SourceContext {
    const { needsLogin = () => false } = this.#options;
    return { baseUrl: this.#baseUrl(info), needsLogin };
  }

  options(): Response {
    return new Response(null, {
      status: 204,
      headers: { Allow: "GET, HEAD, OPTIONS", ...this.#cors },
    });
  }

  get(request: Request, info: RequestInfo): Reply | Promise<Reply> {
    const path = info.url.pathname;
    const mount = this.#mounts.get(path);
    if (mount !== undefined) return this.#stream(mount, request, info);
    const playlist = this.#playlist(path, info);
    if (playlist !== undefined) return playlist;
    if (this.#options.otherwise) return this.#options.otherwise(request, info);
    throw new AlluviumError("not-found", `Cannot find a mount at "${path}"`);
  }

  async #stream(
    mount: Mount,
    request: Request,
    info: RequestInfo,
  ): Promise<Reply> {
    const { clock, crossOrigin = true, rules, admit } = this.#options;
    const userAgent = request.headers.get("user-agent") ?? "";
    const icy = mount.hasIcy && request.headers.get("icy-metadata") === "1";
    const head = streamHead(mount.info, {
      httpVersion: info.httpVersion ?? "1.1",
      icy,
      nowMs: clock.now(),
      crossOrigin,
      userAgent,
    });
    if (request.method === "HEAD") {
      return new Takeover((socket) => void socket.end(head));
    }
    const user = await admit?.(mount, request, info);
    rules?.check(mount);
    return new Takeover((socket) => {
      together(socket, () => {
        socket.write(head);
        const listener = mount.attach(socket, {
          icy,
          remoteAddress: info.remoteAddress,
          userAgent,
          connectedAtMs: clock.now(),
          counts: !isProbe(request),
          ...(user === undefined ? {} : { user }),
        });
        if (listener) rules?.watch(mount, listener);
      });
    });
  }

  #playlist(path: string, info: RequestInfo): Response | undefined {
    const dot = path.lastIndexOf(".");
    const extension = path.slice(dot + 1);
    const mount = this.#mounts.get(path.slice(0, dot));
    if (mount === undefined || !isPlaylistExtension(extension)) {
      return undefined;
    }
    const file = PLAYLIST_FORMATS[extension](
      sourceStatus(mount, this.#context(info)),
    );
    return this.#page(file.contentType, file.body);
  }

  #page(contentType: string, body: string): Response {
    const bytes = new TextEncoder().encode(body);
    return new Response(bytes, {
      headers: {
        "Content-Type": contentType,
        "Content-Length": String(bytes.length),
        ...NO_CACHE_HEADERS,
        ...this.#cors,
      },
    });
  }

  #baseUrl(info: RequestInfo): string {
    return (this.#options.publicUrl ?? info.url.origin).replace(/\/+$/, "");
  }
}

/**
 * Whether a request is the probe that Safari and iPhones send before they play:
 * it gets what everyone gets, for after a 206 they no longer ask for titles, but
 * it often stays open beside the real one and would count twice.
 */
function isProbe(request: Request): boolean {
  return request.headers.get("range") === "bytes=0-1";
}

function isPlaylistExtension(text: string): text is PlaylistExtension {
  return Object.hasOwn(PLAYLIST_FORMATS, text);
}

/** Lets what is written meanwhile leave as one piece. */
function together(socket: Duplex, write: () => void): void {
  socket.cork();
  write();
  socket.uncork();
}
