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
import type { MountTable } from "../../icecast/mount_table.ts";
import { mountRoutes, type MountRoutesOptions } from "../../icecast/routes.ts";
import { MOUNT_WAIT_MS_MAX } from "../../limits.ts";

/** How often a waiting request looks again, in ms: below what anybody notices. */
const LOOK_MS = 20;

/** A stream's path, or that of a player's playlist for it. */
const STREAM = /(^|\/)stream(-\d+)?\.[a-z0-9]+(\.(m3u|pls|xspf))?$/;

/** {@linkcode mountRoutes} whose requests wait for a mount that is to come. */
export function waitingMountRoutes(
  mounts: MountTable,
  options: MountRoutesOptions & { clock: Clock },
): Route[] {
  const { clock } = options;
  const routes = mountRoutes(mounts, {
    ...options,
    async otherwise(request, info) {
      const path = info.url.pathname;
      const wanted = path.replace(/\.(m3u|pls|xspf)$/, "");
      const untilMs = clock.monotonic() + MOUNT_WAIT_MS_MAX;
      while (STREAM.test(path) && clock.monotonic() < untilMs) {
        await clock.sleep(LOOK_MS, info.signal);
        if (mounts.get(wanted)) return await stream.handle(request, info);
      }
      throw new AlluviumError("not-found", `Cannot find a mount at "${path}"`);
    },
  });
  const stream = routes.find((route) =>
    route.method === "GET" && route.path === "/:path+"
  )!;
  return routes;
}
