import { assert, assertEquals, assertMatch } from "@std/assert";
import type { GatewayStatus } from "../../lib/gateway/gateway.ts";
import type { Figure } from "../../lib/gateway/metrics.ts";
import { statusPage } from "../../lib/gateway/status_page.ts";
import { Tally } from "../../lib/gateway/tally.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import {
  GATEWAY_JOBS_WAITING_MAX,
  GATEWAY_SESSIONS_MAX,
} from "../../lib/limits.ts";
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

Deno.test("the address itself shows a person that the gateway is well, and how it is used, without a script", async () => {
  await using origin = await startOrigin(oneFile(sampleFile(2_345_678)));
  await using world = await startGateway();
  const client = await world.client();
  await client.joined({ url: `${origin.url}secret.mp3` });
  await client.next("root");
  const answer = await fetch(world.url);
  const page = await answer.text();
  assertEquals(answer.status, 200);
  assertMatch(
    answer.headers.get("content-security-policy") ?? "",
    /default-src 'none'/,
  );
  assertMatch(page, /It is well\./);
  assertMatch(page, /Listeners connected<\/th><td>1</);
  assertMatch(page, /Files in memory<\/th><td>1</);
  assertMatch(page, /Bytes kept of files<\/th><td>2\.2 MiB</);
  assertMatch(page, /Time running<\/th><td>\d+ s</);
  assert(page.includes(`--gateway ${world.url} `), page);
  assert(!/<script|secret/.test(page));
});

Deno.test("the page for people says what is wrong, and writes large figures short", async () => {
  const status = { clients: 0, downloadsWaiting: 0, unsavedWrites: 0 };
  const page = async (more: Partial<GatewayStatus>, figures: Figure[] = []) => {
    const source = {
      status: () => ({ ...status, ...more } as GatewayStatus),
      tally: new Tally(),
      uptimeMs: () => 0,
      publicUrl: undefined,
    };
    return await statusPage(source, figures, 'http://a.example/"<').text();
  };
  assertMatch(await page({ clients: GATEWAY_SESSIONS_MAX }), /It is full/);
  assertMatch(await page({ unsavedWrites: 1 }), /Its store is away/);
  const downloadsWaiting = GATEWAY_JOBS_WAITING_MAX;
  assertMatch(await page({ downloadsWaiting }), /Too many new files/);
  const cases: [number, Figure["unit"], string][] = [
    [1234567, undefined, "1,234,567"],
    [999, "bytes", "999 bytes"],
    [1_024, "bytes", "1.0 KiB"],
    [123_456_789, "bytes", "118 MiB"],
    [5 * 2 ** 50, "bytes", "5120 TiB"],
    [59.9, "seconds", "59 s"],
    [3_599, "seconds", "59 min"],
    [7_260, "seconds", "2 h 1 min"],
    [200_000, "seconds", "2 d 7 h"],
  ];
  const figures = cases.map(([value, unit], i): Figure => ({
    name: `${i}`,
    help: `n${i}`,
    value: () => value,
    ...(unit === undefined ? {} : { unit }),
  }));
  const text = await page({}, figures);
  for (const [i, [, , written]] of cases.entries()) {
    assert(text.includes(`n${i}</th><td>${written}</td>`), written);
  }
  assert(text.includes("http://a.example/&#34;&#60;"));
});
