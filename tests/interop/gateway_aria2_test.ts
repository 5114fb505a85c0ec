import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { systemClock } from "../../lib/clock.ts";
import type { Resource } from "../../lib/gateway/mod.ts";
import { formatTreeUrn } from "../../lib/hashtree/mod.ts";
import { startGateway } from "../gateway/world.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { startNginx } from "../support/nginx.ts";
import { freePort } from "../support/ports.ts";
import { run } from "../support/processes.ts";
import { programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const FILE = sampleFile(8 * 1024 * 1024 + 5);
const SHA256 = createHash("sha256").update(FILE).digest("hex");

/** Asks for a file until it is hashed; its root. */
async function rootOf(gateway: string, url: string): Promise<string> {
  const query = `${gateway}ocn/v1/resource?url=${encodeURIComponent(url)}`;
  for (;;) {
    const answer = await fetch(query);
    assert(answer.ok, `${answer.status}`);
    const { root } = await answer.json() as Resource;
    if (root !== undefined) return root;
    await systemClock.sleep(5);
  }
}

Deno.test({
  name:
    "aria2c downloads a file whole from the places that N2Ls names, from all at once",
  ignore: programs("aria2c", "nginx").ignore,
  async fn() {
    await using world = await startGateway();
    await using folder = await tempFolder();
    await folder.write("root/a.mp3", FILE);
    const root = folder.file("root");
    // aria2c tells servers apart by name, and makes one connection to each.
    const port = freePort();
    const httpConfig = `server { listen 127.0.0.2:${port}; root ${root}; }`;
    await using one = await startNginx({ root });
    await using two = await startNginx({ root, httpConfig });
    const mirrors = [one, two];
    const named = one.url.replace("127.0.0.1", "localhost");
    await rootOf(world.url, `${named}a.mp3`);
    const key = await rootOf(world.url, `http://127.0.0.2:${port}/a.mp3`);
    const urn = formatTreeUrn(key);
    const list = await (await fetch(`${world.url}uri-res/N2Ls?${urn}`)).text();
    const places = list.split("\r\n").filter((line) => /^http/.test(line));
    assertEquals(places.length, 3);
    const before = await Promise.all(mirrors.map((x) => x.bytesSent()));
    const given = world.gateway.status().servedBytes;
    const { code, stdout, stderr } = await run("aria2c", [
      ...["--dir", world.folder.path, "--out", "whole.mp3", "--no-conf"],
      ...["--split", "3", "--min-split-size", "1M", "--no-netrc"],
      ...["--async-dns=false", "--disable-ipv6"],
      ...["--checksum", `sha-256=${SHA256}`, "--uri-selector", "inorder"],
      // Slow enough that the first has not done it all before the others begin.
      ...["--max-download-limit", "4M"],
      ...["--max-connection-per-server", "1", ...places],
    ]);
    assertEquals(code, 0, stdout + stderr);
    assertEquals(await Deno.readFile(world.folder.file("whole.mp3")), FILE);
    for (const [i, mirror] of mirrors.entries()) {
      assert(await mirror.bytesSent() > before[i]!, `mirror ${i} was used`);
    }
    assert(world.gateway.status().servedBytes > given, "the gateway was used");
  },
});
