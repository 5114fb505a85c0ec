import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/front.ts";
import { staticFiles } from "../../lib/http/static_files.ts";
import { RawClient } from "./raw_client.ts";
import { tempFolder } from "../support/temp.ts";

/** A folder with a station, a secret beside it, and links to the secret. */
async function withFolder(run: (front: Front) => Promise<void>): Promise<void> {
  await using outer = await tempFolder();
  await outer.write("secret.txt", "secret");
  await outer.write("www/playlist.rss", "<rdf/>");
  await outer.write("www/a b.mp3", "0123456789");
  await outer.write("www/a.opus", "OggS");
  await outer.write("www/a.mp3.tree", "tree");
  await outer.write("www/empty.mp3", "");
  await outer.write("www/.hidden", "secret");
  await outer.write("www/.git/config", "secret");
  await outer.write("www/site/index.html", "<p>hello");
  await outer.write("www/sub dir/x.txt", "x");
  await Deno.symlink(outer.file("secret.txt"), outer.file("www/link.txt"));
  await Deno.symlink(outer.path, outer.file("www/up"));
  await Deno.symlink("a.opus", outer.file("www/inside.opus"));
  const front = await Front.listen({
    routes: staticFiles(outer.file("www")),
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  try {
    await run(front);
  } finally {
    await front.close();
  }
}

async function get(front: Front, path: string, init: RequestInit = {}) {
  const response = await fetch(front.url + path, {
    redirect: "manual",
    ...init,
  });
  const text = await response.text();
  return { response, text, type: response.headers.get("content-type") };
}

Deno.test("files come with the types that players and readers need", () =>
  withFolder(async (front) => {
    const types: Record<string, string> = {
      "playlist.rss": "application/x-alluvium",
      "a%20b.mp3": "audio/mpeg",
      "a.opus": "audio/ogg",
      "inside.opus": "audio/ogg",
      "a.mp3.tree": "application/octet-stream",
      "site/index.html": "text/html; charset=UTF-8",
    };
    for (const [path, expected] of Object.entries(types)) {
      const { response, type } = await get(front, path);
      assertEquals([response.status, type], [200, expected], path);
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    }
  }));

Deno.test("ranges, conditions and HEAD are answered", () =>
  withFolder(async (front) => {
    const ask = (headers: Record<string, string>, method = "GET") =>
      get(front, "a%20b.mp3", { headers, method });
    const part = await ask({ range: "bytes=2-4" });
    assertEquals([part.response.status, part.text, part.type], [
      206,
      "234",
      "audio/mpeg",
    ]);
    assertEquals(part.response.headers.get("content-range"), "bytes 2-4/10");
    assertEquals((await ask({ range: "bytes=7-" })).text, "789");
    assertEquals((await ask({ range: "bytes=-2" })).text, "89");
    assertEquals((await ask({ range: "bytes=10-" })).response.status, 416);
    const whole = await ask({});
    assertEquals(whole.response.headers.get("accept-ranges"), "bytes");
    const etag = whole.response.headers.get("etag")!;
    assertEquals((await ask({ "if-none-match": etag })).response.status, 304);
    const modified = whole.response.headers.get("last-modified")!;
    const same = { range: "bytes=2-4", "if-range": modified };
    assertEquals((await ask(same)).text, "234");
    const other = { range: "bytes=2-4", "if-range": '"other"' };
    assertEquals((await ask(other)).text, "0123456789");
    const head = await ask({}, "HEAD");
    assertEquals([head.text, head.response.headers.get("content-length")], [
      "",
      "10",
    ]);
    assertEquals((await get(front, "empty.mp3")).text, "");
  }));

Deno.test("nothing outside of the folder and nothing hidden is served", () =>
  withFolder(async (front) => {
    const paths = [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/..%5csecret.txt",
      "/site/..%2f..%2fsecret.txt",
      "/%252e%252e/secret.txt",
      "/link.txt",
      "/up/secret.txt",
      "/.hidden",
      "/%2ehidden",
      "/.git/config",
      "/a%00.mp3",
      "/%ff",
      "/%",
      "/a.opus/x",
      "/" + "x".repeat(5000),
      "//secret.txt",
      "/none.mp3",
    ];
    for (const path of paths) {
      using client = await RawClient.open(front.port);
      await client.send(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      const text = await client.toEnd();
      assert(text.startsWith("HTTP/1.1 404 "), path + text);
      assert(!text.includes("\r\n\r\nsecret"), path);
    }
  }));

Deno.test("a folder shows its index or names its playlists, and nothing more", () =>
  withFolder(async (front) => {
    assertEquals((await get(front, "site/")).text, "<p>hello");
    const bare = await get(front, "");
    assertEquals(bare.text, "Served by Alluvium.\nplaylist.rss\n");
    const slash = await get(front, "sub%20dir");
    assertEquals(slash.response.status, 308);
    assertEquals(slash.response.headers.get("location"), "/sub%20dir/");
    const post = await get(front, "a.opus", { method: "POST", body: "x" });
    assertEquals(post.response.status, 405);
  }));
