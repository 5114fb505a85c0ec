/**
 * What `check` finds out beyond the playlist's text: times, codecs, types, and
 * the media themselves.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkMedia } from "../../lib/cli/checking/media_checks.ts";
import {
  CHECK_OVERLAP_MS,
  CHECK_PROBE_MS_MAX,
  CHECK_PROBES_AT_ONCE,
  CHECK_PROBES_MAX,
} from "../../lib/limits.ts";
import { ProblemList } from "../../lib/playlist/problems.ts";
import { mediaFolder } from "../broadcaster/folders.ts";
import { item, rss1 } from "../playlist/documents.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";
import { run } from "./playlist_commands.ts";

interface Told {
  code: string;
  line?: number;
  message: string;
}

async function problems(...args: string[]): Promise<Told[]> {
  const { out } = await run(["check", ...args, "--json"]);
  return JSON.parse(out).problems;
}

const codes = (told: Told[]) =>
  told.map(({ code, line }) => `${code}:${line ?? ""}`);

/** An item at a second of the evening. */
function at(second: number, ms: number, type = "audio/mpeg"): string {
  const time = new Date(Date.UTC(2026, 10, 22, 20) + second * 1000)
    .toISOString();
  return item(
    `<ev:startdate>${time}</ev:startdate><mm:duration>${ms}</mm:duration>` +
      `<enc:enclosure rdf:resource="http://127.0.0.1:1/${second}" enc:type="${type}" enc:length="9"/>`,
  ) + "\n";
}

Deno.test("check warns of gaps, overlaps and mixed codecs, with their lines", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1(
      at(0, 10_000) + at(10, 10_000 + CHECK_OVERLAP_MS + 1) +
        at(20, 10_000 + CHECK_OVERLAP_MS) + at(30, 9_800) +
        at(40, 5000, "audio/ogg"),
    ),
  );
  const told = await problems(file, "--no-media");
  assertEquals(codes(told), ["overlap:4", "gap:6", "mixed-codecs:7"]);
  assertMatch(told[0]!.message, /cut by 3\.0 s at 2026-11-22T20:00:20Z/);
  assertMatch(told[1]!.message, /on for 0\.2 s from 2026-11-22T20:00:39\.800Z/);
  assertMatch(told[2]!.message, /4 audio\/mpeg, 1 audio\/ogg/);
});

Deno.test("check warns of what items do not say", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1(
      item(
        "<ev:startdate>2026-11-22T20:00:00</ev:startdate>",
        "http://a.example/",
      ),
    ),
  );
  assertEquals(codes(await problems(file, "--no-media")).sort(), [
    "item-without-duration:3",
    "item-without-length:3",
    "item-without-type:3",
    "time-without-zone:3",
  ]);
});

/** An origin with every fault there is. */
function faultyOrigin() {
  const asked: string[] = [];
  let base = "";
  let now = 0;
  let most = 0;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      most = Math.max(most, ++now);
      await new Promise((resolve) => queueMicrotask(() => resolve(0)));
      now--;
      if (pathname === "/p.rss") {
        return new Response(document(), {
          headers: { "content-type": "text/xml" },
        });
      }
      if (pathname.startsWith("/missing")) {
        return new Response("", { status: 404 });
      }
      if (pathname === "/root.mp3.tree") {
        return new Response(new Uint8Array(32));
      }
      if (pathname.endsWith(".tree")) return new Response("", { status: 404 });
      const type = pathname === "/type.mp3" ? "text/html" : "audio/mpeg";
      if (pathname.startsWith("/whole")) {
        return new Response("12345", { headers: { "content-type": type } });
      }
      return new Response("1", {
        status: 206,
        headers: {
          "content-type": type,
          "content-range": `bytes 0-0/${pathname === "/length.mp3" ? 6 : 5}`,
        },
      });
    },
  );
  base = `http://127.0.0.1:${server.addr.port}`;
  const names = [
    "fine",
    "missing",
    "length",
    "type",
    "whole1",
    "whole2",
    "root",
  ];
  const document = () =>
    rss1(
      names.map((name) =>
        item(
          `<mm:duration>5000</mm:duration><enc:enclosure rdf:resource="${base}/${name}.mp3" enc:type="audio/mpeg" enc:length="5"/>` +
            `<dc:identifier>urn:tree:sha256:${"a".repeat(64)}</dc:identifier>`,
        )
      ).join("\n"),
    );
  return { base, asked, most: () => most, server };
}

Deno.test("check asks for the media, and tells what is wrong with each", async () => {
  const { base, asked, server } = faultyOrigin();
  const told = await problems(`${base}/p.rss`);
  await server.shutdown();
  assertEquals(codes(told), [
    "media-unreachable:4",
    "media-length:5",
    "media-type:6",
    "origin-without-range:7",
    "tree-mismatch:9",
    "playlist-type:",
  ]);
  assertMatch(
    told[0]!.message,
    /missing\.mp3 cannot be had: the server answered 404/,
  );
  assertMatch(told[1]!.message, /has 6 bytes, the playlist says 5/);
  assertMatch(
    told[5]!.message,
    /served as "text\/xml", not as application\/x-alluvium/,
  );
  // One byte, and a part that it does not get: nothing is said of the codec.
  assertEquals(asked.filter((path) => path === "/fine.mp3").length, 2);
});

Deno.test("check asks for CHECK_PROBES_MAX files at most, CHECK_PROBES_AT_ONCE at a time", async () => {
  const { base, asked, most, server } = faultyOrigin();
  const items = Array.from({ length: CHECK_PROBES_MAX + 10 }, (_, i) => ({
    url: `${base}/${i}.mp3`,
    title: "",
  }));
  const found = await checkMedia([...items, ...items], {
    problems: new ProblemList(),
    clock: new FakeClock(),
    fetch,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  await server.shutdown();
  assertEquals(found.length, CHECK_PROBES_MAX);
  assertEquals(new Set(asked).size, CHECK_PROBES_MAX);
  assert(most() <= CHECK_PROBES_AT_ONCE);
});

Deno.test("check does not wait longer than CHECK_PROBE_MS_MAX for a file", async () => {
  const clock = new FakeClock();
  const list = new ProblemList();
  const done = checkMedia([{ url: "http://slow.example/a.mp3", title: "" }], {
    problems: list,
    clock,
    fetch: (_url, init) =>
      new Promise((_, reject) => {
        init!.signal!.addEventListener(
          "abort",
          () => reject(init!.signal!.reason),
        );
      }),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  await settle();
  await clock.advance(CHECK_PROBE_MS_MAX);
  await done;
  assertMatch(list.finish()[0]!.message, /it took longer than 10 s/);
  assertEquals(clock.waiting, 0);
});

Deno.test("check of a folder that broadcast made finds nothing but what was damaged", async () => {
  await using folder = await mediaFolder();
  await run(["broadcast", folder.path]);
  const file = folder.file("playlist.rss");
  assertEquals(codes(await problems(file)).map((c) => c.split(":")[0]), [
    "mixed-codecs",
  ]);
  await folder.write("b 10%.mp3.tree", new Uint8Array(20 * 32));
  await Deno.remove(folder.file("a #1/é?.opus"));
  assertEquals(
    codes(await problems(file)).map((code) => code.split(":")[0]).sort(),
    ["media-unreachable", "mixed-codecs", "tree-mismatch"],
  );
});

Deno.test("check sees that a file was changed and kept its length, at its beginning or its end", async () => {
  for (const place of [100, -100]) {
    await using folder = await mediaFolder();
    await run(["broadcast", folder.path]);
    const path = folder.file("b 10%.mp3");
    const bytes = await Deno.readFile(path);
    bytes[bytes.length * Number(place < 0) + place]! ^= 1;
    await Deno.writeFile(path, bytes);
    const [told] = (await problems(folder.file("playlist.rss")))
      .filter(({ code }) => code === "media-root");
    const leaf = place < 0 ? Math.floor((bytes.length - 1) / 16384) : 0;
    assertMatch(
      told!.message,
      new RegExp(
        `not the file .* bytes from ${leaf * 16384} on .*run alluvium`,
      ),
    );
  }
});
