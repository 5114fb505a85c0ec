/**
 * Two listeners on a network of the test's own, without a gateway: they find each
 * other by multicast DNS, also where there is no IPv4; who comes second prefers
 * the other one to the origin, and what is given is not held to the limit.
 */
import { assert, assertEquals } from "@std/assert";
import { importMapFlags } from "../../scripts/import_map.ts";
import { ROOT } from "../../scripts/paths.ts";
import { LeafLayerBuilder, toHex } from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { type Machine, networks, startNetwork } from "../support/network.ts";
import { tempFolder } from "../support/temp.ts";

const FILE = sampleFile(4 * 1024 * 1024 + 5);
const URL = "http://right.test:8080/a.mp3";
const READY_MS = 30_000;
/** Nobody on this network is held to the limit of `lan_peer.ts`, at which the file takes five minutes. */
const CAPPED_MS = 330_000;

async function startPeer(machine: Machine, root: string, peers: number) {
  const flags = ["run", "-q", "-A", ...await importMapFlags()];
  const program = ["tests/support/lan_peer.ts", URL, root];
  const counts = [`${FILE.length}`, `${peers}`];
  return machine.start(Deno.execPath(), [...flags, ...program, ...counts], {
    cwd: ROOT,
  });
}

for (const ipv4 of [true, false]) {
  Deno.test({
    name: `a listener has a file from another on its network, over its limit, ${
      ipv4 ? "by both families" : "by IPv6 alone"
    }`,
    ignore: networks.ignore,
    async fn() {
      await using folder = await tempFolder();
      const builder = new LeafLayerBuilder();
      builder.write(FILE);
      const { layer, root } = builder.finish();
      await folder.write("a.mp3", FILE);
      await folder.write("a.mp3.tree", layer);
      await using network = await startNetwork({ ipv4 });
      const { left, right } = network;
      await using origin = await right.alluvium(
        ["serve", folder.path, "--port", "8080", "--host", "::"]
          .concat("--allow-host", "right.test"),
      );
      await origin.waitFor(/http/, READY_MS);
      await using first = await startPeer(left, toHex(root), 0);
      await first.waitFor(/^{.*}$/m, READY_MS);
      await using second = await startPeer(right, toHex(root), 1);
      const [line] = await second.waitFor(/^{.*}$/m, READY_MS);
      const { bytesFromPeers, bytesFromOrigin, ms } = JSON.parse(line);
      assertEquals([bytesFromPeers, bytesFromOrigin], [FILE.length, 0]);
      assert(ms < CAPPED_MS / 10, `${ms} ms`);
    },
  });
}
