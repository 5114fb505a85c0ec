import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { systemClock } from "../../lib/clock.ts";
import { formatTreeUrn, LeafLayerBuilder } from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { startAlluvium, startGateway } from "../support/alluvium.ts";
import { startNginx } from "../support/nginx.ts";
import { freePort } from "../support/ports.ts";
import { run } from "../support/processes.ts";
import { programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const FILE = sampleFile(8 * 1024 * 1024 + 5);
const SHA256 = createHash("sha256").update(FILE).digest("hex");

Deno.test({
  name:
    "aria2c and curl fetch a whole, right file from a public listener that the gateway names, in parts or in one",
  ignore: programs("aria2c", "curl", "nginx").ignore,
  async fn() {
    await using folder = await tempFolder();
    const builder = new LeafLayerBuilder();
    builder.write(FILE);
    const { layer, root } = builder.finish();
    await folder.write("root/a.mp3", FILE);
    await folder.write("root/a.mp3.tree", layer);
    await using origin = await startNginx({ root: folder.file("root") });
    await using gateway = await startGateway();
    const port = freePort();
    await using listener = await startAlluvium(
      ...["fetch", `${origin.url}a.mp3`, "--gateway", gateway.url, "--json"],
      ...["--cache", folder.file("cache"), "-o", folder.file("a.mp3")],
      ...["--swarm-port", `${port}`, "--share-for", "60", "--public"],
    );
    await listener.waitFor(/"bytes"/, 30_000);
    const given = await origin.bytesSent();
    const urn = formatTreeUrn(root);
    const url = `http://127.0.0.1:${port}/uri-res/N2R?${urn}`;
    // It is named once it has shown a leaf, which takes a moment.
    const places = async () =>
      await (await fetch(`${gateway.url}uri-res/N2Ls?${urn}`)).text();
    while (!(await places()).includes(`${url}\r\n`)) {
      await systemClock.sleep(20);
    }
    const aria2c = await run("aria2c", [
      ...["--dir", folder.path, "--out", "aria2c.mp3", "--no-conf"],
      ...["--split", "4", "--max-connection-per-server", "4"],
      ...["--min-split-size", "1M", "--checksum", `sha-256=${SHA256}`, url],
    ]);
    assertEquals(aria2c.code, 0, aria2c.stdout + aria2c.stderr);
    assertEquals(await Deno.readFile(folder.file("aria2c.mp3")), FILE);
    const curl = await run("curl", ["-fsS", "-o", folder.file("curl"), url]);
    assertEquals(curl.code, 0, curl.stderr);
    // Broken off in the middle, it goes on there.
    await Deno.truncate(folder.file("curl"), FILE.length / 3);
    const flags = ["-fsS", "-C", "-", "-o", folder.file("curl")];
    const resumed = await run("curl", [...flags, url]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals(await Deno.readFile(folder.file("curl")), FILE);
    assertEquals(await origin.bytesSent(), given, "the origin was asked");
    assert(listener.running);
  },
});
