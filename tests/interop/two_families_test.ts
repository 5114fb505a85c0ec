/**
 * A listener with addresses of both families, on a network of the test's own: it
 * has reached its gateway by one of them, and another listener that comes has
 * the file from it by either.
 */
import { assertEquals } from "@std/assert";
import { LeafLayerBuilder } from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { networks, startNetwork } from "../support/network.ts";
import { tempFolder } from "../support/temp.ts";

const FILE = sampleFile(2 * 1024 * 1024 + 5);
const READY_MS = 20_000;

/** Has the right machine get a file from the left one alone, after that has lost its address of a family. */
async function fetchAfterLoss(lost: "ipv4" | "ipv6") {
  await using folder = await tempFolder();
  const builder = new LeafLayerBuilder();
  builder.write(FILE);
  await folder.write("root/a.mp3", FILE);
  await folder.write("root/a.mp3.tree", builder.finish().layer);
  await using network = await startNetwork();
  const { left, right } = network;
  const named = ["--host", "::", "--allow-host", "right.test"];
  const root = folder.file("root");
  await using origin = await right.alluvium(
    ["serve", root, "--port", "8080", ...named],
  );
  await origin.waitFor(/http/, READY_MS);
  await using gateway = await right.alluvium(
    ["gateway", "--port", "7170", "--data", folder.file("data"), "--keep", "0"]
      .concat("--allow-private", named),
  );
  await gateway.waitFor(/^Gateway/m, READY_MS);
  const fetching = (name: string, ...more: string[]) => [
    ...["fetch", "http://right.test:8080/a.mp3", "--json", ...more],
    ...["--gateway", "http://right.test:7170/", "--cache", folder.file(name)],
    ...["-o", folder.file(`${name}.mp3`)],
  ];
  await using first = await left.alluvium(
    fetching("first", "--share-for", "60"),
  );
  await first.waitFor(/^{"bytes".*}$/m, READY_MS);
  await origin.end();
  const address = lost === "ipv4" ? `${left.ipv4}/24` : `${left.ipv6}/64`;
  await left.run("ip", "addr", "del", address, "dev", "cable");
  await using second = await right.alluvium(fetching("second"));
  const [line] = await second.waitFor(/^{"bytes".*}$/m, READY_MS);
  assertEquals(await Deno.readFile(folder.file("second.mp3")), FILE);
  return JSON.parse(line);
}

for (const lost of ["ipv4", "ipv6"] as const) {
  Deno.test({
    name:
      `a listener with addresses of both families is found by the other one when its ${lost} is gone`,
    ignore: networks.ignore,
    async fn() {
      const { bytesFromPeers, bytesFromOrigin } = await fetchAfterLoss(lost);
      assertEquals([bytesFromPeers, bytesFromOrigin], [FILE.length, 0]);
    },
  });
}
