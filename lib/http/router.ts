/**
 * The routing table's reader: a walk down the list, first match wins. Linear on
 * purpose, a front has some thirty routes and most are plain text.
 *
 * Promises: the route and its params, or the answer where there is none (404,
 * 405 with `Allow`, 204 for a bare OPTIONS). Params are as they stand in the
 * path, percent signs included: what they may decode to is the handler's matter.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { problemResponse } from "./problem.ts";
import type { FrameRoute, Route, SocketRoute } from "./route.ts";

/** What a path leads to. */
export type Match =
  | { kind: "route"; route: Route; params: Record<string, string> }
  | { kind: "answer"; response: Response };

/** Tells the params of a path that fits, undefined for one that does not. */
type PathMatcher = (path: string) => Record<string, string> | undefined;

interface Entry {
  route: Route;
  match: PathMatcher;
}

/** Finds routes by method and path. */
export class Router {
  readonly #entries: Entry[];

  /** @param routes in order of precedence */
  constructor(routes: Route[]) {
    this.#entries = routes.map((route) => ({
      route,
      match: pathMatcher(route.path),
    }));
  }

  /**
   * @param method as sent, upper case
   * @param path as in `URL.pathname`
   */
  find(method: string, path: string): Match {
    const seen = new Set<string>();
    for (const { route, match } of this.#entries) {
      const params = match(path);
      if (params === undefined) continue;
      if (route.method === method) return { kind: "route", route, params };
      if (method === "HEAD" && route.method === "GET") {
        return { kind: "route", route: this.#ownHead(route), params };
      }
      seen.add(route.method);
    }
    return { kind: "answer", response: noRoute(method, path, seen) };
  }

  /** The HEAD route of the same path, wherever it stands, else the GET route. */
  #ownHead(get: Route): Route {
    return this.#entries.find(({ route }) =>
      route.method === "HEAD" && route.path === get.path
    )?.route ?? get;
  }
}

/** Finds WebSocket endpoints by path. */
export class SocketRouter {
  readonly #entries: { route: SocketRoute | FrameRoute; match: PathMatcher }[];

  /** @param routes in order of precedence */
  constructor(routes: (SocketRoute | FrameRoute)[]) {
    this.#entries = routes.map((route) => ({
      route,
      match: pathMatcher(route.path),
    }));
  }

  /** @returns undefined where the path has no endpoint */
  find(
    path: string,
  ):
    | { route: SocketRoute | FrameRoute; params: Record<string, string> }
    | undefined {
    for (const { route, match } of this.#entries) {
      const params = match(path);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  }
}

function pathMatcher(pattern: string): PathMatcher {
  if (!/[:*{}()+?\\]/.test(pattern)) {
    return (path) => path === pattern ? {} : undefined;
  }
  const compiled = new URLPattern({ pathname: pattern });
  return (path) => {
    const groups = compiled.exec({ pathname: path })?.pathname.groups;
    if (groups === undefined) return undefined;
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, value ?? ""]),
    );
  };
}

function noRoute(method: string, path: string, seen: Set<string>): Response {
  if (seen.size === 0) {
    return problemResponse(
      new AlluviumError("not-found", `Cannot find "${path}"`),
    );
  }
  const allow = [...seen, "OPTIONS"];
  if (seen.has("GET") && !seen.has("HEAD")) allow.push("HEAD");
  const headers = { allow: [...new Set(allow)].join(", ") };
  if (method === "OPTIONS") return new Response(null, { status: 204, headers });
  return problemResponse(
    new AlluviumError("method-not-allowed", `Cannot ${method} "${path}"`),
    headers,
  );
}
