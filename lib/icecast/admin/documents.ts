/**
 * What the admin API tells, as Icecast 2.4.4 names it: `/admin/stats`,
 * `listclients`, `listmounts`. Read-only.
 *
 * @module
 */
import type { Mount } from "../mount.ts";
import { SERVER_NAME } from "../response_head.ts";
import { iso8601, rfc822, sourceStatus } from "../status.ts";
import type { AdminState } from "./state.ts";
import { elements, type XmlElement } from "./xml.ts";

/** Every field of `/admin/stats`, of some mounts. */
export function statsDocument(
  state: AdminState,
  mounts: readonly Mount[],
  baseUrl: string,
): XmlElement[] {
  const all = state.mounts.all();
  const listenerConnections = sum(all, (x) => x.listenerConnections);
  const listeners = sum(all, (x) => x.listeners);
  const { requests, sources } = state.counts;
  return [
    ...elements({
      admin: "icemaster@localhost",
      client_connections: listenerConnections + requests,
      clients: listeners + state.live.count,
      connections: listenerConnections + requests + sources(),
      file_connections: 0,
      host: new URL(baseUrl).hostname,
      listener_connections: listenerConnections,
      listeners,
      location: "Earth",
      server_id: SERVER_NAME,
      server_start: rfc822(state.startedAtMs),
      server_start_iso8601: iso8601(state.startedAtMs),
      source_client_connections: sources(),
      source_relay_connections: state.counts.relays(),
      source_total_connections: sources() + state.counts.relays(),
      sources: all.length,
      stats: 0,
      stats_connections: 0,
    }),
    ...mounts.map((mount) => sourceElement(state, mount, baseUrl)),
  ];
}

function sourceElement(
  state: AdminState,
  mount: Mount,
  baseUrl: string,
): XmlElement {
  const session = state.live.session(mount.path);
  const { dummy: _dummy, ...shown } = sourceStatus(mount, {
    baseUrl,
    needsLogin: (path) => state.users.names(path) !== undefined,
  });
  const fields = {
    ...shown,
    max_listeners: state.mounts.settings(mount.path).listenersMax ??
      "unlimited",
    public: mount.info.isPublic ? 1 : 0,
    slow_listeners: mount.slowListeners,
    source_ip: session?.client.remoteAddress,
    total_bytes_read: mount.bytesReceived,
    total_bytes_sent: mount.bytesSent,
    user_agent: session?.client.userAgent || undefined,
  };
  const sorted = Object.entries(fields).sort(([a], [b]) => a < b ? -1 : 1);
  return {
    name: "source",
    attributes: { mount: mount.path },
    content: elements(Object.fromEntries(sorted)),
  };
}

/** `/admin/listmounts`, also what `moveclients` offers as destinations. */
export function mountElements(
  state: AdminState,
  mounts: readonly Mount[],
): XmlElement[] {
  return mounts.map((mount) => ({
    name: "source",
    attributes: { mount: mount.path },
    content: elements({
      fallback: mount.fallback?.path ?? "",
      listeners: mount.listeners,
      authenticator: state.users.names(mount.path) && "htpasswd",
      Connected: seconds(state, mount.startedAtMs),
      "content-type": mount.contentType,
    }),
  }));
}

/** `/admin/listclients`. */
export function clientsElement(state: AdminState, mount: Mount): XmlElement {
  const listeners = mount.everyListener.map(({ id, info }) => ({
    name: "listener",
    content: elements({
      IP: info.remoteAddress,
      UserAgent: info.userAgent || undefined,
      Connected: seconds(state, info.connectedAtMs),
      ID: id,
      username: info.user,
    }),
  }));
  return {
    name: "source",
    attributes: { mount: mount.path },
    content: [{ name: "Listeners", content: mount.listeners }, ...listeners],
  };
}

/** `/admin/manageauth`: the names that a mount knows. */
export function usersElement(path: string, names: string[]): XmlElement {
  const users = names.map((username) => ({
    name: "User",
    content: elements({ username }),
  }));
  const attributes = { mount: path };
  return users.length === 0
    ? { name: "source", attributes }
    : { name: "source", attributes, content: users };
}

function seconds(state: AdminState, sinceMs: number): number {
  return Math.max(0, Math.floor((state.clock.now() - sinceMs) / 1000));
}

function sum<T>(all: readonly T[], of: (x: T) => number): number {
  return all.reduce((total, x) => total + of(x), 0);
}
