/**
 * `/admin/…` and `/admin.cgi`: who may ask, which command, what Icecast would
 * say. Only there where a password is set.
 *
 * Promises: every request with a password counts against its address (429), and
 * comes from no page of another site: a browser that knows the password must
 * not be made to use it.
 *
 * @module
 */
import { checkOrigin } from "../../http/host_policy.ts";
import type { RequestInfo, Route } from "../../http/route.ts";
import { basicLogin } from "../auth/accounts.ts";
import { buildm3u, MOUNT_COMMANDS, SOURCE_COMMANDS } from "./commands.ts";
import { mountElements, statsDocument } from "./documents.ts";
import { AdminQuery } from "./query.ts";
import {
  type AdminReply,
  page,
  refusal,
  stats,
  success,
  unauthorized,
  xmlReply,
} from "./replies.ts";
import { adminPage } from "../pages/admin_pages.ts";
import type { AdminState } from "./state.ts";

/** How the admin API is served. */
export interface AdminRoutesOptions {
  /** Where the mounts are for the world; else what each request calls us. */
  publicUrl?: string;
}

/** Commands about the whole server. */
const SERVER_COMMANDS = new Set([
  "stats",
  "listmounts",
  "streamlist",
  "streamlist.txt",
]);

/** The routes; none where no password is set. */
export function adminRoutes(
  state: AdminState,
  options: AdminRoutesOptions = {},
): Route[] {
  if (!state.accounts.hasAdmin && !state.accounts.hasSources) return [];
  const admin = new Admin(state, options);
  const paths = ["/admin", "/admin/", "/admin/:command"];
  return [
    ...paths.map((path): Route => ({
      method: "GET",
      path,
      handle: (request, info) => admin.answer(request, info),
    })),
    {
      method: "GET",
      path: "/admin.cgi",
      handle: (request, info) => admin.shoutcast(request, info),
    },
  ];
}

class Admin {
  readonly #state: AdminState;
  readonly #options: AdminRoutesOptions;

  constructor(state: AdminState, options: AdminRoutesOptions) {
    this.#state = state;
    this.#options = options;
  }

  async answer(request: Request, info: RequestInfo): Promise<Response> {
    checkOrigin(request);
    this.#state.counts.requests++;
    const query = new AdminQuery(info.url.search);
    const { command: asked = "stats.xsl" } = info.params;
    const command = asked.replace(/\.xsl$/, "");
    const isOpen = command === "buildm3u";
    if (isOpen && query.get("mount") !== undefined) {
      return buildm3u(query, this.#baseUrl(info));
    }
    const isMount = isOpen || Object.hasOwn(MOUNT_COMMANDS, command);
    if (!isMount && !SERVER_COMMANDS.has(command)) {
      return refusal(400, "Unrecognised command");
    }
    this.#state.accounts.count(info.remoteAddress);
    const who = await this.#who(request, info, command, query.get("mount"));
    if (who === undefined) return unauthorized();
    const reply = isMount
      ? await this.#mountCommand(command, query, info, who === "admin")
      : this.#serverCommand(command, query, info);
    if (reply instanceof Response) return reply;
    return asked === command ? xmlReply(reply) : adminPage(command, reply);
  }

  /** Metadata from a Shoutcast encoder: the password is an argument. */
  async shoutcast(request: Request, info: RequestInfo): Promise<Response> {
    checkOrigin(request);
    this.#state.counts.requests++;
    const { accounts, live, shoutcastMount } = this.#state;
    const query = new AdminQuery(info.url.search);
    const password = query.get("pass");
    if (password === undefined) return refusal(400, "missing pass parameter");
    accounts.count(info.remoteAddress);
    const login = { user: "source", password };
    const role = { source: shoutcastMount };
    if (!await accounts.check(role, login, info.remoteAddress)) {
      return unauthorized();
    }
    const song = query.title("song");
    if (live.session(shoutcastMount) === undefined) {
      return refusal(400, "Source does not exist");
    }
    if (query.get("mode") === undefined || song === undefined) {
      return refusal(400, "Missing parameter");
    }
    if (query.get("mode") !== "updinfo") return refusal(400, "No such action");
    live.setTitle(shoutcastMount, song, query.title("url"));
    return success("Metadata update successful");
  }

  /** Who asks; undefined for nobody who may. */
  async #who(
    request: Request,
    { remoteAddress }: RequestInfo,
    command: string,
    mount: string | undefined,
  ): Promise<"admin" | "relay" | "source" | undefined> {
    const { accounts } = this.#state;
    const login = basicLogin(request.headers.get("authorization"));
    const check = (role: "admin" | "relay" | { source: string }) =>
      accounts.check(role, login, remoteAddress);
    if (login?.user === "source") {
      const mayAsk = mount !== undefined && SOURCE_COMMANDS.has(command);
      return mayAsk && await check({ source: mount }) ? "source" : undefined;
    }
    if (login?.user === "relay") {
      const mayAsk = command === "streamlist.txt";
      return mayAsk && await check("relay") ? "relay" : undefined;
    }
    return await check("admin") ? "admin" : undefined;
  }

  async #mountCommand(
    command: string,
    query: AdminQuery,
    { remoteAddress }: RequestInfo,
    isAdmin: boolean,
  ): Promise<AdminReply> {
    const path = query.get("mount");
    if (path === undefined) return refusal(400, "Unknown admin request");
    const mount = this.#state.mounts.get(path);
    if (mount === undefined) return refusal(400, "Source does not exist");
    const run = MOUNT_COMMANDS[command]!;
    const state = this.#state;
    return await run({ state, mount, query, remoteAddress, isAdmin });
  }

  #serverCommand(
    command: string,
    query: AdminQuery,
    info: RequestInfo,
  ): AdminReply {
    const state = this.#state;
    const all = state.mounts.byPath();
    const path = query.get("mount");
    const mount = path === undefined ? undefined : state.mounts.get(path);
    if (path !== undefined && mount === undefined) {
      return refusal(400, "Source does not exist");
    }
    if (command === "stats") {
      const shown = mount === undefined ? all : [mount];
      return stats(statsDocument(state, shown, this.#baseUrl(info)));
    }
    if (mount !== undefined) return refusal(400, "Mount request unknown");
    if (command !== "streamlist.txt") return stats(mountElements(state, all));
    const lines = all.filter((x) => !x.info.isHidden).map((x) =>
      x.path + "\r\n"
    );
    return page(200, "text/plain; charset=utf-8", lines.join(""));
  }

  #baseUrl(info: RequestInfo): string {
    return (this.#options.publicUrl ?? info.url.origin).replace(/\/+$/, "");
  }
}
