/**
 * A listener that looks around on its network and asks no gateway, as a program:
 *
 *     deno run -A tests/support/lan_peer.ts URL ROOT LENGTH PEERS
 *
 * Downloads the file as soon as it has found so many others, says as JSON what
 * came from where, and gives it on until it is ended; 12.5 kB/s at most to those
 * outside its network.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { PeerNode } from "../../lib/peer/mod.ts";

const [url = "", root = "", length = "", peers = ""] = Deno.args;
const { signal } = new AbortController();
const node = await PeerNode.start({
  clock: systemClock,
  log: (level, message, more) => console.error(level, message, more ?? ""),
  random: Math.random,
  cacheFolder: undefined,
  cacheBytes: 1e9,
  port: 0,
  lan: true,
  share: true,
  uploadBytesPerSecond: 12_500,
});
const named = { url, root, length: Number(length) };
const file = await node.openWhole(named, [], signal);
while (node.status().peers < Number(peers)) await systemClock.sleep(20);
const startMs = systemClock.monotonic();
await file.whole(signal);
const ms = Math.round(systemClock.monotonic() - startMs);
console.log(JSON.stringify({ ms, ...node.status() }));
