import { assert, assertEquals, assertMatch } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import { sampleFile } from "../hashtree/reference.ts";
import { oneFile, startGateway, startOrigin } from "./world.ts";

const FILE = sampleFile(3 * LEAF_BYTES + 1);

/** The value of a figure in Prometheus's text. */
function valueOf(text: string, name: string): number {
  const line = text.split("\n").find((line) => line.startsWith(`${name} `));
  return Number(line?.split(" ")[1]);
}

Deno.test("metrics tells what a gateway did, and nothing of who did what", async () => {
  await using origin = await startOrigin(oneFile(FILE));
  await using world = await startGateway();
  const client = await world.client();
  const { resource } = await client.joined({ url: `${origin.url}secret.mp3` });
  if (resource.provisional) await client.next("root");
  await (await fetch(resource.mirrors[0]!)).bytes();
  await client.join({ url: "ftp://good.example/secret.mp3" });
  const answer = await fetch(`${world.url}metrics`);
  const text = await answer.text();
  assertMatch(answer.headers.get("content-type") ?? "", /^text\/plain/);
  const figures = {
    clients: 1,
    joins_total: 1,
    hashed_files_total: 1,
    hashed_bytes_total: FILE.length,
    kept_bytes: FILE.length,
    served_bytes_total: FILE.length,
    'refusals_total{code="url-forbidden"}': 1,
  };
  for (const [name, value] of Object.entries(figures)) {
    assertEquals(valueOf(text, `alluvium_gateway_${name}`), value, name);
  }
  assert(valueOf(text, "alluvium_gateway_resident_memory_bytes") > 1e6);
  assert(!/secret|127\.0\.0\.1/.test(text), text);
});

Deno.test("metrics does not count anything twice when it is asked twice", async () => {
  await using world = await startGateway();
  const client = await world.client();
  await client.join({ url: "ftp://good.example/" });
  await (await fetch(`${world.url}metrics`)).body?.cancel();
  const text = await (await fetch(`${world.url}metrics`)).text();
  const name = 'alluvium_gateway_refusals_total{code="url-forbidden"}';
  assertEquals(valueOf(text, name), 1);
});

Deno.test("the address itself shows a person that the gateway is well, without a script", async () => {
  await using world = await startGateway();
  await world.client();
  const answer = await fetch(world.url);
  const page = await answer.text();
  assertEquals(answer.status, 200);
  assertMatch(
    answer.headers.get("content-security-policy") ?? "",
    /default-src 'none'/,
  );
  assertMatch(page, /Listeners connected<\/th><td>1</);
  assert(!/<script/.test(page));
});
