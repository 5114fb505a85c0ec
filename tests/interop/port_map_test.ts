/**
 * The program behind a router, on a network of the test's own: it asks for its
 * port and gives it back when it ends, and asks nothing where it is told not to.
 */
import { assertEquals } from "@std/assert";
import { importMapFlags } from "../../scripts/import_map.ts";
import { ROOT } from "../../scripts/paths.ts";
import { sampleFile } from "../hashtree/reference.ts";
import {
  type Machine,
  type Network,
  networks,
  startNetwork,
} from "../support/network.ts";
import type { Child } from "../support/processes.ts";
import { type TempFolder, tempFolder } from "../support/temp.ts";

const READY_MS = 30_000;
const PORT = 7160;
const ROUTERS_PORT = 7999;
const ASKED = /The router lets other listeners in by its port (\d+)/;

async function startRouter(machine: Machine, kind: string): Promise<Child> {
  const flags = ["run", "-q", "-A", ...await importMapFlags()];
  const program = ["tests/support/router.ts", kind, machine.ipv4!];
  const child = machine
    .start(Deno.execPath(), [...flags, ...program], { cwd: ROOT });
  await child.waitFor(/ready/, READY_MS);
  return child;
}

/** What a router was asked so far. */
function asked(router: Child): Record<string, unknown>[] {
  return router.stdout.trim().split("\n").slice(1)
    .map((line) => JSON.parse(line));
}

/** A listener on the left machine, sharing a file. */
async function startSharing(
  { left, right }: Network,
  folder: TempFolder,
  env: Record<string, string>,
): Promise<AsyncDisposable & { listener: Child }> {
  await folder.write("root/a.mp3", sampleFile(100_000));
  const origin = await right.alluvium(
    ["serve", folder.file("root"), "--port", "8080", "--host", "0.0.0.0"],
  );
  await origin.waitFor(/http/, READY_MS);
  const listener = await left.alluvium(
    ["fetch", `http://${right.ipv4}:8080/a.mp3`, "--share-for", "60"]
      .concat("--cache", folder.file("cache"), "-o", folder.file("a.mp3"))
      .concat("--swarm-port", `${PORT}`),
    { env },
  );
  return {
    listener,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name:
      `a router that speaks NAT-PMP lets others in for an hour, until the program ends by ${signal}`,
    ignore: networks.ignore,
    async fn() {
      await using folder = await tempFolder();
      await using network = await startNetwork();
      await using router = await startRouter(network.right, "pmp");
      const env = { ALLUVIUM_NO_PORT_MAP: "false" };
      await using sharing = await startSharing(network, folder, env);
      const [, port] = await sharing.listener.waitFor(ASKED, READY_MS);
      assertEquals(port, `${ROUTERS_PORT}`);
      const lease = { internal: PORT, external: PORT, udp: false };
      assertEquals(asked(router), [{ ...lease, seconds: 3600 }]);
      assertEquals((await sharing.listener.end(signal)).code, 130);
      await router.waitFor(/"seconds":0/, READY_MS);
      assertEquals(asked(router).at(-1), { ...lease, seconds: 0 });
    },
  });
}

Deno.test({
  name:
    "a router that speaks UPnP lets others in for an hour, until the program ends",
  ignore: networks.ignore,
  async fn() {
    await using folder = await tempFolder();
    await using network = await startNetwork();
    await using router = await startRouter(network.right, "upnp");
    const env = { ALLUVIUM_NO_PORT_MAP: "false" };
    await using sharing = await startSharing(network, folder, env);
    const [, port] = await sharing.listener.waitFor(ASKED, READY_MS);
    assertEquals(port, `${ROUTERS_PORT}`);
    assertEquals(asked(router).filter(({ seconds }) => seconds), [{
      ...{ internal: PORT, external: PORT, seconds: 3600 },
      ...{ protocol: "TCP", client: network.left.ipv4 },
    }]);
    await sharing.listener.end("SIGINT");
    await router.waitFor(/deleted/, 1_000);
    assertEquals(asked(router).at(-1), { deleted: ROUTERS_PORT });
  },
});

Deno.test({
  name: "with --no-port-map not one datagram leaves for a router",
  ignore: networks.ignore,
  async fn() {
    await using folder = await tempFolder();
    await using network = await startNetwork();
    await using router = await startRouter(network.right, "pmp");
    const env = { ALLUVIUM_NO_PORT_MAP: "true" };
    await using sharing = await startSharing(network, folder, env);
    await sharing.listener.waitFor(/from the origin/, READY_MS);
    await sharing.listener.end("SIGINT");
    assertEquals(asked(router), []);
    // Of IPv4; the system itself speaks of its IPv6 addresses.
    const counts = await network.right.run("cat", "/proc/net/snmp");
    const [, udp = ""] = counts.match(/^Udp: (\d+ \d+)/m) ?? [];
    assertEquals(udp, "0 0", "none came, for no port");
  },
});
