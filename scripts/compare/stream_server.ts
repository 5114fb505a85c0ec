/**
 * Our Icecast server in a process of its own: what icecast2 is compared with.
 * Sources send to it with the password `hackme`.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { Front, hostAllowList } from "../../lib/http/mod.ts";
import {
  IcecastServer,
  mountRoutes,
  MountTable,
} from "../../lib/icecast/mod.ts";

/** Serves until its input ends; prints its port. */
export async function serverMain(): Promise<void> {
  const mounts = new MountTable();
  const clock = systemClock;
  const allowedHosts = hostAllowList();
  const server = await IcecastServer.open({
    mounts,
    clock,
    allowedHosts,
    accounts: { source: "hackme", admin: "hackme" },
  });
  const front = await Front.listen({
    routes: [
      ...server.routes,
      ...mountRoutes(mounts, { clock, ...server.mountOptions }),
    ],
    ...server.front,
    hostname: "127.0.0.1",
    port: 0,
    clock,
    allowedHosts,
  });
  console.log(front.port);
  for await (const _ of Deno.stdin.readable);
  await server.close();
  await front.close();
}
