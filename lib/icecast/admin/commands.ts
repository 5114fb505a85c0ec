/**
 * Icecast's admin commands, with its answers for right, wrong, missing and
 * unknown arguments (2.4.4, measured). Passwords are asked for elsewhere.
 *
 * What differs, and why, is in docs/icecast.md.
 *
 * @module
 */
import type { Mount } from "../mount.ts";
import { isSameMedia } from "../mount_info.ts";
import { clientsElement, mountElements, usersElement } from "./documents.ts";
import type { AdminQuery } from "./query.ts";
import {
  type AdminReply,
  iceResponse,
  page,
  refusal,
  stats,
  success,
} from "./replies.ts";
import type { AdminState } from "./state.ts";

/** One request for a command about a mount. */
export interface MountRequest {
  state: AdminState;
  mount: Mount;
  query: AdminQuery;
  /** IP literal. */
  remoteAddress: string;
  /** Whether it is the admin, and not the mount's source. */
  isAdmin: boolean;
}

/** Answers a request about a mount that exists. */
export type MountCommand = (
  request: MountRequest,
) => AdminReply | Promise<AdminReply>;

/** Commands that need `mount=`, by name. `stats` is with those of the whole server. */
export const MOUNT_COMMANDS: Readonly<Record<string, MountCommand>> = {
  fallbacks,
  killclient,
  killsource,
  listclients: ({ state, mount }) => stats([clientsElement(state, mount)]),
  manageauth,
  metadata,
  moveclients,
  updatemetadata: ({ mount }) =>
    stats([{ name: "source", attributes: { mount: mount.path } }]),
};

/** Those of them that a mount's own source may give. */
export const SOURCE_COMMANDS: ReadonlySet<string> = new Set([
  "metadata",
  "updatemetadata",
]);

function missing(): Response {
  return refusal(400, "Missing parameter");
}

function fallbacks({ state, mount, query }: MountRequest): Response {
  const path = query.get("fallback");
  if (path === undefined) return missing();
  const other = path === "" ? undefined : state.mounts.get(path);
  if (path !== "" && other === undefined) {
    return refusal(400, "No such fallback");
  }
  return mount.fallBackTo(other)
    ? success("Fallback configured")
    : refusal(400, "fallback of another type, or in a circle");
}

function killclient({ mount, query }: MountRequest): AdminReply {
  const text = query.get("id");
  if (text === undefined) return missing();
  const id = parseInt(text, 10) || 0;
  const listener = mount.everyListener.find((x) => x.id === id);
  listener?.drop();
  return listener
    ? iceResponse(`Client ${id} removed`, true)
    : iceResponse(`Client ${id} not found`, false);
}

function killsource({ state, mount }: MountRequest): AdminReply {
  return state.live.kill(mount.path)
    ? iceResponse("Source Removed", true)
    : refusal(400, "Source is not available");
}

function metadata(request: MountRequest): AdminReply {
  const { state, mount, query, remoteAddress, isAdmin } = request;
  const mode = query.get("mode");
  if (mode === undefined) return missing();
  if (mode !== "updinfo") return iceResponse("No such action", false);
  const session = state.live.session(mount.path);
  const isOwn = session?.client.remoteAddress === remoteAddress;
  if (!isAdmin && !isOwn) {
    return iceResponse("Mountpoint will not accept URL updates", true);
  }
  const title = titleOf(query) ??
    (query.get("url") === undefined ? undefined : mount.title);
  if (title !== undefined) setTitle(request, title, query.title("url"));
  return iceResponse("Metadata update successful", true);
}

/** `song`, else artist and title together, as Icecast takes them. */
function titleOf(query: AdminQuery): string | undefined {
  const [song, artist, title] = ["song", "artist", "title"]
    .map((name) => query.title(name));
  if (song !== undefined) return song;
  return artist === undefined || title === undefined
    ? undefined
    : `${artist} - ${title}`;
}

function setTitle(
  { state, mount }: MountRequest,
  title: string,
  url: string | undefined,
): void {
  if (!state.live.setTitle(mount.path, title, url)) mount.setTitle(title, url);
}

function moveclients({ state, mount, query }: MountRequest): AdminReply {
  const path = query.get("destination");
  if (path === undefined) {
    const others = state.mounts.byPath().filter((x) => x !== mount);
    return stats([
      { name: "current_source", content: mount.path },
      ...mountElements(state, others),
    ]);
  }
  const to = state.mounts.get(path);
  if (to === undefined) return refusal(400, "No such destination");
  if (to === mount) return refusal(400, "supplied mountpoints are identical");
  if (!isSameMedia(to.contentType, mount.contentType)) {
    return refusal(400, "Destination of another type");
  }
  for (const listener of mount.everyListener) mount.move(listener, to);
  return iceResponse(`Clients moved from ${mount.path} to ${to.path}`, true);
}

async function manageauth(
  { state, mount, query }: MountRequest,
): Promise<AdminReply> {
  const { users } = state;
  const missing = () => refusal(400, "missing parameter");
  if (users.names(mount.path) === undefined) return missing();
  const action = query.get("action");
  const user = query.get("username");
  let message: string | undefined;
  if (action === "add") {
    const password = query.get("password");
    if (!user || !password) return missing();
    const isAdded = await users.add(mount.path, user, password);
    message = isAdded ? "User added" : "User already exists - not added";
  } else if (action === "delete") {
    if (!user) return missing();
    users.remove(mount.path, user);
    message = "User deleted";
  }
  const list = usersElement(mount.path, users.names(mount.path) ?? []);
  const said = message === undefined ? [] : [{
    name: "iceresponse",
    content: [{ name: "message", content: message }],
  }];
  return stats([list, ...said]);
}

/** `/admin/buildm3u`: a playlist that carries a listener's name and password; for everyone. */
export function buildm3u(query: AdminQuery, baseUrl: string): Response {
  const [mount, user, password] = ["mount", "username", "password"]
    .map((name) => query.get(name));
  if (!mount?.startsWith("/") || user === undefined || password === undefined) {
    return missing();
  }
  const { protocol, host } = new URL(baseUrl);
  const login = [user, password].map(encodeURIComponent).join(":");
  const path = encodeURI(mount);
  return page(
    200,
    "audio/x-mpegurl",
    `${protocol}//${login}@${host}${path}\r\n`,
    {
      "Content-Disposition": 'attachment; filename="listen.m3u"',
    },
  );
}
