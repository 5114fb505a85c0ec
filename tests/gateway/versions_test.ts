import { assert, assertEquals } from "@std/assert";
import {
  type FileFacts,
  isSameVersion,
} from "../../lib/gateway/media_origin.ts";
import { SqliteStore } from "../../lib/gateway/mod.ts";
import { oneFile, startGateway, startOrigin } from "./world.ts";
import { tempFolder } from "../support/temp.ts";

Deno.test("another length, entity tag or date of change is another version; what one answer leaves out tells nothing", () => {
  const base: FileFacts = { length: 9, etag: '"1"', lastModified: "Mon" };
  const { etag: _, ...dated } = base;
  const cases: [FileFacts, FileFacts, boolean][] = [
    [base, { ...base }, true],
    [base, { ...base, length: 8 }, false],
    [base, { ...base, etag: '"2"' }, false],
    [base, { ...base, etag: 'W/"1"' }, true],
    [dated, { ...dated, lastModified: "Tue" }, false],
    [base, { ...base, lastModified: "Tue" }, true], // The tag is the better witness.
    [base, dated, true],
    [base, { length: 9 }, true],
    [base, { length: 8 }, false],
  ];
  for (const [a, b, same] of cases) {
    assertEquals(isSameVersion(a, b), same, JSON.stringify([a, b]));
    assertEquals(isSameVersion(b, a), same, JSON.stringify([b, a]));
  }
});

Deno.test("a file that only its date tells apart is a new content, too", async () => {
  let version = 1;
  await using origin = await startOrigin((request, response) => {
    const bytes = new Uint8Array(50_000).fill(version);
    response.writeHead(request.url?.endsWith(".tree") ? 404 : 200, {
      "content-type": "audio/mpeg",
      "content-length": bytes.length,
      "last-modified": `Mon, 23 Nov 2026 00:00:0${version} GMT`,
    });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
  const { systemClock } = await import("../../lib/clock.ts");
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  await using world = await startGateway({ clock });
  const client = await world.client();
  const url = `${origin.url}a.mp3`;
  await client.joined({ url });
  const first = await client.next("root");
  version = 2;
  aheadMs = 61_000;
  await (await world.client()).joined({ url });
  const gone = await client.next("gone");
  assertEquals([gone.key, gone.code], [first.root, "media-changed"]);
});

Deno.test("who takes part in what is written nowhere: not in the log, not in the folder", async () => {
  await using folder = await tempFolder();
  await using origin = await startOrigin(oneFile(new Uint8Array(50_000)));
  const lines: string[] = [];
  const id = "feed".repeat(8);
  {
    await using world = await startGateway({
      folder: folder.path,
      store: new SqliteStore(folder.file("gateway.sqlite")),
      log: (...line) => void lines.push(JSON.stringify(line)),
    });
    const client = await world.client({ id, port: 45_678 });
    // By name, so that its address is only the client's.
    const media = origin.url.replace("127.0.0.1", "localhost");
    await client.joined({ url: `${media}a.mp3` });
    const { root } = await client.next("root");
    client.send({ t: "share", key: root, share: 1 });
    await client.join({ url: `${media}ftp:no` });
    await client.join({ url: "http://no-such-host.invalid/b.mp3" });
  }
  assert(lines.length > 0, "something was logged at all");
  const files = [...Deno.readDirSync(folder.path)].filter((f) => f.isFile);
  const written = await Promise.all(
    files.map(({ name }) => Deno.readFile(folder.file(name))),
  );
  const text = lines.join("\n") +
    written.map((bytes) => new TextDecoder("latin1").decode(bytes)).join("\n");
  assert(text.includes("localhost"), "the files are remembered");
  for (const secret of [id, "127.0.0.1", "45678"]) {
    assert(!text.includes(secret), `${secret} is written down`);
  }
});
