/**
 * npm's bittorrent-tracker by HTTP and WebSocket, with its own defaults but for
 * UDP and the statistics page. Prints `{ "port" }`, then its memory for every
 * line that comes in, until its input ends. Imports nothing of ours, so that it
 * runs without our configuration and its packages stay out of it.
 *
 * @module
 */
import { readdirSync } from "node:fs";
// Pinned here alone.
import Server from "npm:bittorrent-tracker@11.2.3/server";

interface Tracker {
  http: { address(): { port: number } };
  on(event: "warning", then: (error: unknown) => void): void;
  listen(port: number, hostname: string, then: () => void): void;
}

const { gc } = globalThis as unknown as { gc(): void };
const server: Tracker = new Server({ udp: false, stats: false });
server.on("warning", (error) => console.error(error));
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: server.http.address().port }));
});
for await (const bytes of Deno.stdin.readable) {
  if (bytes.length === 0) continue;
  for (let i = 0; i < 3; i++) gc();
  const { heapUsed: heapBytes, rss: rssBytes } = Deno.memoryUsage();
  const descriptors = readdirSync("/proc/self/fd").length;
  console.log(JSON.stringify({ heapBytes, rssBytes, descriptors }));
}
Deno.exit(0);
