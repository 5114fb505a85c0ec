/**
 * A player may connect before the first packet is here: it waits for the mount
 * instead of being told that there is none. Only while something is being tuned,
 * and not for ever.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { AlluviumError } from "../../errors.ts";
import type { Route } from "../../http/route.ts";
import { chooseStream } from "../../icecast/choose.ts";
import { HLS_TYPE } from "../../icecast/hls/hls_table.ts";
import { NO_CACHE_HEADERS } from "../../icecast/response_head.ts";
import type { MountTable } from "../../icecast/mount_table.ts";
import { mountRoutes, type MountRoutesOptions } from "../../icecast/routes.ts";
import { MOUNT_WAIT_MS_MAX } from "../../limits.ts";

/** How often a waiting request looks again, in ms: below what anybody notices. */
const LOOK_MS = 20;

/** A stream's path, that of a player's playlist for it, or `/stream` for any. */
const STREAM = /(^|\/)stream((-\d+)?\.[a-z0-9]+(\.(m3u|pls|xspf))?)?$/;

/**
 * {@linkcode mountRoutes} whose requests wait for a mount that is to come; with
 * HLS, and with `/stream`, which leads to the stream that suits the asker.
 */
export function waitingMountRoutes(
  mounts: MountTable,
  options: MountRoutesOptions & { clock: Clock },
): Route[] {
  const { clock, crossOrigin } = options;
  const other = (request: Request, path: string) =>
    mounts.hls.answer(path, crossOrigin) ??
      leadToStream(request, path, mounts);
  const routes = mountRoutes(mounts, {
    ...options,
    async otherwise(request, info) {
      const path = info.url.pathname;
      const at = other(request, path);
      if (at !== undefined) return at;
      const wanted = path.replace(/\.(m3u|pls|xspf)$/, "");
      const untilMs = clock.monotonic() + MOUNT_WAIT_MS_MAX;
      while (STREAM.test(path) && clock.monotonic() < untilMs) {
        await clock.sleep(LOOK_MS, info.signal);
        if (mounts.get(wanted)) return await stream.handle(request, info);
        const late = other(request, path);
        if (late !== undefined) return late;
      }
      throw new AlluviumError("not-found", `Cannot find a mount at "${path}"`);
    },
  });
  const stream = routes.find((route) =>
    route.method === "GET" && route.path === "/:path+"
  )!;
  return routes;
}

/** Answers `/stream` and `/<name>/stream`: where to go, and why. */
function leadToStream(
  request: Request,
  path: string,
  mounts: MountTable,
): Response | undefined {
  if (!/(^|\/)stream$/.test(path)) return undefined;
  const isHere = (at: string) =>
    at.startsWith(path) && /^(-\d+)?\.[a-z0-9]+$/.test(at.slice(path.length));
  const here = mounts.all().filter(({ path }) => isHere(path));
  // A live show is on the mount it was sent to; the others play the programme.
  const live = here.filter(({ heard }) => heard === "live");
  const hls = mounts.hls.paths.filter(isHere)
    .map((at) => ({ path: at, contentType: HLS_TYPE }));
  const candidates = live.length > 0 ? live : [...here, ...hls];
  const choice = chooseStream(
    candidates,
    request.headers.get("accept") ?? "",
    request.headers.get("user-agent") ?? "",
  );
  return choice && new Response(null, {
    status: 307,
    headers: {
      "Location": choice.path,
      "X-Stream-Choice": choice.reason,
      "Vary": "Accept, User-Agent",
      ...NO_CACHE_HEADERS,
    },
  });
}
