import { assert, assertEquals } from "@std/assert";
import { Front } from "../../lib/http/front.ts";
import { Mount, type MountOptions } from "../../lib/icecast/mount.ts";
import { MountTable } from "../../lib/icecast/mount_table.ts";
import {
  mountRoutes,
  type MountRoutesOptions,
} from "../../lib/icecast/routes.ts";
import { BURST_BYTES, ICY_METADATA_INTERVAL_BYTES } from "../../lib/limits.ts";
import { RawClient } from "../http/raw_client.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { deinterleave } from "./deinterleave.ts";

const clock = new FakeClock(Date.UTC(2026, 10, 22, 10, 14, 44));

function makeMount(options: Partial<MountOptions> = {}): Mount {
  const mount = new Mount({
    path: "/stream.mp3",
    contentType: "audio/mpeg",
    name: 'It\'s a "Näme"',
    description: "Desc\r\nX-Evil: 1",
    genre: "Test",
    url: "http://x.example/",
    bitrate: 128_000,
    sampleRate: 44_100,
    channels: 2,
    clock,
    ...options,
  });
  mount.push({
    data: new Uint8Array(BURST_BYTES).fill(65),
    durationMs: 4000,
    header: new Uint8Array(0),
    title: "Artist – Title",
  });
  return mount;
}

async function withMounts(
  mounts: Mount[],
  run: (front: Front, table: MountTable) => Promise<void>,
  options: Partial<MountRoutesOptions> = {},
): Promise<void> {
  const table = new MountTable();
  for (const mount of mounts) table.add(mount);
  const front = await Front.listen({
    routes: mountRoutes(table, { clock, ...options }),
    hostname: "127.0.0.1",
    port: 0,
    clock,
  });
  try {
    await run(front, table);
  } finally {
    await front.close();
  }
}

/** The head of the answer to a request written by hand. */
async function headOf(front: Front, request: string): Promise<string[]> {
  using client = await RawClient.open(front.port);
  await client.send(request + "\r\n");
  const text = await client.until(/\r\n\r\n/);
  return text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
}

const STREAM_HEAD = [
  "HTTP/1.0 200 OK",
  "Server: Alluvium",
  "Connection: close",
  "Date: Sun, 22 Nov 2026 10:14:44 GMT",
  "Content-Type: audio/mpeg",
  "Cache-Control: no-cache, no-store",
  "Expires: Mon, 26 Jul 1997 05:00:00 GMT",
  "Pragma: no-cache",
  "Access-Control-Allow-Origin: *",
  "Access-Control-Allow-Methods: GET, HEAD, OPTIONS",
  "Access-Control-Allow-Headers: Origin, Icy-MetaData, Range, Authorization",
  "Access-Control-Expose-Headers: Icy-Br, Icy-Description, Icy-Genre, Icy-MetaInt, Icy-Name, Icy-Pub, Icy-Url, Ice-Audio-Info",
  "Access-Control-Max-Age: 86400",
  "ice-audio-info: ice-samplerate=44100;ice-bitrate=128;ice-channels=2",
  "icy-br: 128",
  "icy-description: Desc X-Evil: 1",
  "icy-genre: Test",
  'icy-name: It\'s a "Näme"',
  "icy-pub: 0",
  "icy-url: http://x.example/",
];

Deno.test("a stream's head is Icecast's, with our differences and no others", async () => {
  await withMounts([makeMount()], async (front) => {
    const get = "GET /stream.mp3 HTTP/1.0\r\n";
    assertEquals(await headOf(front, get), STREAM_HEAD);
    assertEquals(
      await headOf(front, get + "Icy-MetaData: 1\r\n"),
      [...STREAM_HEAD, "icy-metaint: 16000"],
    );
    const modern = "GET /stream.mp3 HTTP/1.1\r\nHost: localhost\r\n";
    assertEquals(await headOf(front, modern), [
      "HTTP/1.1 200 OK",
      ...STREAM_HEAD.slice(1),
    ]);
    assertEquals(
      await headOf(front, "HEAD /stream.mp3 HTTP/1.0\r\n"),
      STREAM_HEAD,
    );
  });
});

Deno.test("a few old players are answered by Shoutcast's status line", async () => {
  await withMounts([makeMount()], async (front) => {
    for (const player of ["Windows-Media-Player/9", "BlackBerry8520"]) {
      const request = `GET /stream.mp3 HTTP/1.0\r\nUser-Agent: ${player}\r\n`;
      const [first, ...rest] = await headOf(front, request);
      assertEquals(first, "ICY 200 OK");
      assertEquals(rest, STREAM_HEAD.slice(1));
    }
  });
});

Deno.test("a range on a stream is passed over, and a phone's probe is not counted", async () => {
  const mount = makeMount();
  await withMounts([mount], async (front) => {
    using probe = await RawClient.open(front.port);
    await probe.send(
      "GET /stream.mp3 HTTP/1.0\r\nRange: bytes=0-1\r\nIcy-MetaData: 1\r\n\r\n",
    );
    const text = await probe.until(/AAAA/);
    assert(text.startsWith("HTTP/1.0 200 OK\r\n"));
    assert(text.includes("icy-metaint: 16000\r\n"));
    assertEquals([mount.listeners, mount.everyListener.length], [0, 1]);
    using player = await RawClient.open(front.port);
    await player.send("GET /stream.mp3 HTTP/1.0\r\nRange: bytes=0-\r\n\r\n");
    assert((await player.until(/AAAA/)).startsWith("HTTP/1.0 200 OK\r\n"));
    assertEquals(mount.listeners, 1);
  });
});

Deno.test("the first metadata block that a listener gets carries the title", async () => {
  await withMounts([makeMount()], async (front) => {
    const response = await fetch(`${front.url}stream.mp3`, {
      headers: { "Icy-MetaData": "1" },
    });
    const reader = response.body!.getReader({ mode: "byob" });
    const { value } = await reader.read(new Uint8Array(BURST_BYTES), {
      min: ICY_METADATA_INTERVAL_BYTES + 100,
    });
    await reader.cancel();
    const parts = deinterleave(
      value!.slice(0, ICY_METADATA_INTERVAL_BYTES + 1 + value![16000]! * 16),
      ICY_METADATA_INTERVAL_BYTES,
    );
    assertEquals(parts.titles, [{
      atByte: ICY_METADATA_INTERVAL_BYTES,
      text: "StreamTitle='Artist – Title';",
    }]);
  });
});

Deno.test("an Ogg mount promises no ICY metadata", async () => {
  const mount = makeMount({ path: "/stream.ogg", contentType: "audio/ogg" });
  await withMounts([mount], async (front) => {
    const request = "GET /stream.ogg HTTP/1.0\r\nIcy-MetaData: 1\r\n";
    const head = await headOf(front, request);
    assert(!head.join().includes("icy-metaint"));
  });
});

Deno.test("a browser's script may ask for titles, unless the front keeps to itself", async () => {
  await withMounts([makeMount()], async (front) => {
    const response = await fetch(`${front.url}stream.mp3`, {
      method: "OPTIONS",
      headers: {
        Origin: "https://page.example",
        "Access-Control-Request-Headers": "icy-metadata",
      },
    });
    assertEquals(response.status, 204);
    const allowed = response.headers.get("access-control-allow-headers");
    assert(allowed?.includes("Icy-MetaData"));
    const status = await fetch(`${front.url}status-json.xsl`);
    assertEquals(status.headers.get("access-control-allow-origin"), "*");
    await status.body?.cancel();
  });
  await withMounts([makeMount()], async (front) => {
    const head = await headOf(front, "GET /stream.mp3 HTTP/1.0\r\n");
    assert(!head.join().includes("Access-Control"));
  }, { crossOrigin: false });
});

Deno.test("each mount has playlists for players, and they name the host that was asked", async () => {
  await withMounts([makeMount({ name: "A & <B>" })], async (front) => {
    const get = async (extension: string) => {
      const response = await fetch(`${front.url}stream.mp3.${extension}`);
      return [response.headers.get("content-type"), await response.text()];
    };
    const url = `${front.url}stream.mp3`;
    assertEquals(await get("m3u"), ["audio/x-mpegurl", `${url}\r\n`]);
    assertEquals(await get("pls"), [
      "audio/x-scpls",
      `[playlist]\r\nNumberOfEntries=1\r\nFile1=${url}\r\nTitle1=A & <B>\r\nLength1=-1\r\nVersion=2\r\n`,
    ]);
    const [type, xspf] = await get("xspf");
    assertEquals(type, "application/xspf+xml; charset=UTF-8");
    assert(xspf?.includes(`<location>${url}</location>`));
    assert(xspf?.includes("<title>A &amp; &lt;B&gt;</title>"));
    assert(xspf?.includes("<title>Artist – Title</title>"));
    // Programs look for the number of listeners here.
    assert(
      xspf?.includes(
        "<annotation>Stream Title: A &amp; &lt;B&gt;\nStream Description: Desc X-Evil: 1\nContent Type:audio/mpeg\nBitrate: 128\nCurrent Listeners: 0\nPeak Listeners: 0\nStream Genre: Test</annotation>",
      ),
    );
    assertEquals(await get("vclt"), [
      "audio/x-vclt; charset=UTF-8",
      `STREAMURL=${url}\nTITLE=Artist – Title\nSERVER_NAME=A & <B>\nDESCRIPTION=Desc X-Evil: 1\nSIGNALINFO=\nGENRE=Test\n==\n`,
    ]);
  });
  await withMounts([makeMount()], async (front) => {
    const response = await fetch(`${front.url}stream.mp3.m3u`);
    assertEquals(
      await response.text(),
      "https://radio.example/live/stream.mp3\r\n",
    );
  }, { publicUrl: "https://radio.example/live/" });
});

Deno.test("mounts appear and vanish while the front runs", async () => {
  await withMounts([], async (front, table) => {
    const status = async () => {
      const response = await fetch(`${front.url}stream.mp3`, {
        method: "HEAD",
      });
      return response.status;
    };
    assertEquals(await status(), 404);
    table.add(makeMount());
    assertEquals(await status(), 200);
    const response = await fetch(`${front.url}stream.mp3`);
    table.remove("/stream.mp3");
    assertEquals((await response.bytes()).length, BURST_BYTES);
    assertEquals(await status(), 404);
  });
});

Deno.test("what is no mount goes on to what stands behind", async () => {
  await withMounts([makeMount()], async (front) => {
    const response = await fetch(`${front.url}other/file.txt`);
    assertEquals(await response.text(), "/other/file.txt");
  }, { otherwise: (_request, info) => new Response(info.url.pathname) });
});

/** What Icecast 2.4.4 answered for an MP3 mount fed by ffmpeg, names only, in its order. */
const ICECAST_SOURCE_FIELDS = [
  "audio_info",
  "bitrate",
  "genre",
  "ice-bitrate",
  "ice-channels",
  "ice-samplerate",
  "listener_peak",
  "listeners",
  "listenurl",
  "server_description",
  "server_name",
  "server_type",
  "server_url",
  "stream_start",
  "stream_start_iso8601",
  "title",
  "dummy",
];

Deno.test("the status is Icecast's field for field, an object for one mount, a list for several, nothing for none", async () => {
  const get = async (front: Front) => {
    const response = await fetch(`${front.url}status-json.xsl`);
    assertEquals(
      response.headers.get("content-type"),
      "application/json; charset=UTF-8",
    );
    return (await response.json()).icestats;
  };
  await withMounts([], async (front) => {
    assertEquals(await get(front), {
      admin: "icemaster@localhost",
      host: "127.0.0.1",
      location: "Earth",
      server_id: "Alluvium",
      server_start: "Sun, 22 Nov 2026 10:14:44 +0000",
      server_start_iso8601: "2026-11-22T10:14:44+0000",
      dummy: null,
    });
  });
  await withMounts([makeMount()], async (front) => {
    const { source } = await get(front);
    assertEquals(Object.keys(source), ICECAST_SOURCE_FIELDS);
    assertEquals(source.listenurl, `${front.url}stream.mp3`);
    assertEquals(source.title, "Artist – Title");
    assertEquals(source.audio_info, STREAM_HEAD[13]!.split(": ")[1]);
    assertEquals(source.stream_start, "Sun, 22 Nov 2026 10:14:44 +0000");
    assertEquals([source.bitrate, source.listeners, source.dummy], [
      128,
      0,
      null,
    ]);
  });
  const bare = new Mount({
    path: "/b.ogg",
    contentType: "audio/ogg",
    name: "",
    clock,
  });
  await withMounts([makeMount(), bare], async (front) => {
    const { source } = await get(front);
    assertEquals(source.length, 2);
    assertEquals(source[1].listenurl, `${front.url}stream.mp3`);
    assertEquals(source[0], {
      genre: "various",
      listener_peak: 0,
      listeners: 0,
      listenurl: `${front.url}b.ogg`,
      server_description: "Unspecified description",
      server_name: "Unspecified name",
      server_type: "audio/ogg",
      stream_start: "Sun, 22 Nov 2026 10:14:44 +0000",
      stream_start_iso8601: "2026-11-22T10:14:44+0000",
      dummy: null,
    });
  });
});

Deno.test("the status of one mount can be asked for, tells of logins and of the codec in Ogg", async () => {
  const ogg = new Mount({
    path: "/o.ogg",
    contentType: "application/ogg",
    name: "",
    clock,
  });
  ogg.describe({
    codec: "vorbis",
    bitrate: 80_000,
    channels: 1,
    sampleRate: 44_100,
  });
  const hidden = new Mount({
    path: "/h.mp3",
    contentType: "audio/mpeg",
    name: "",
    clock,
    isHidden: true,
  });
  await withMounts([ogg, makeMount(), hidden], async (front) => {
    const get = async (mount: string) => {
      const url = `${front.url}status-json.xsl?mount=${mount}`;
      return (await (await fetch(url)).json()).icestats.source;
    };
    const source = await get("/o.ogg");
    const { audio_bitrate, audio_channels, audio_samplerate, subtype } = source;
    assertEquals([audio_bitrate, audio_channels, audio_samplerate, subtype], [
      80_000,
      1,
      44_100,
      "Vorbis",
    ]);
    assertEquals([source["ice-bitrate"], source.authenticator], [
      80,
      undefined,
    ]);
    assertEquals((await get("/stream.mp3")).authenticator, "htpasswd");
    assertEquals([await get("/nope"), await get("/h.mp3")], [
      undefined,
      undefined,
    ]);
    const page = await fetch(`${front.url}status.xsl?mount=/o.ogg`);
    const text = await page.text();
    assert(text.includes("/o.ogg") && !text.includes("/stream.mp3"));
    const vclt = await fetch(`${front.url}o.ogg.vclt`);
    assert((await vclt.text()).includes("SIGNALINFO=codec:ogg_vorbis\n"));
  }, { needsLogin: (path) => path === "/stream.mp3" });
});
