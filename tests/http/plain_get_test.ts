import { assert, assertEquals } from "@std/assert";
import { Front } from "../../lib/http/front.ts";
import { lookForPlainGet, type PlainLook } from "../../lib/http/plain_get.ts";
import { Takeover } from "../../lib/http/route.ts";
import { HTTP_HEAD_MS_MAX } from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { RawClient } from "./raw_client.ts";

function look(text: string): PlainLook {
  const bytes = Uint8Array.from(text, (x) => x.charCodeAt(0));
  return lookForPlainGet(bytes, (path) => path === "/s.mp3");
}

const HOST = "Host: localhost\r\n";

Deno.test("a plain GET is read, from its last byte on and not before", () => {
  const head =
    `GET /s.mp3?a=b HTTP/1.1\r\n${HOST}User-Agent:\t J\xfcrgen \r\nIcy-MetaData:1\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n`;
  for (let end = 0; end < head.length; end++) {
    assertEquals(look(head.slice(0, end)), "more", `${end}`);
  }
  assertEquals(look(head), {
    method: "GET",
    url: "/s.mp3?a=b",
    httpVersion: "1.1",
    headers: { "x-forwarded-for": "192.0.2.7" },
    rawHeaders: [
      ...["Host", "localhost", "User-Agent", "J\xfcrgen"],
      ...["Icy-MetaData", "1", "X-Forwarded-For", "192.0.2.7"],
    ],
  });
  const bare = look("GET /s.mp3 HTTP/1.0\r\n\r\n");
  assertEquals(bare !== "http" && bare !== "more" && bare.rawHeaders, []);
});

Deno.test("whatever is not plain is left to HTTP's own parser", () => {
  const line = "GET /s.mp3 HTTP/1.1\r\n";
  for (
    const head of [
      `GET /other HTTP/1.1\r\n${HOST}\r\n`,
      `HEAD /s.mp3 HTTP/1.1\r\n${HOST}\r\n`,
      `GET http://localhost/s.mp3 HTTP/1.1\r\n${HOST}\r\n`,
      `GET /s.mp3 HTTP/2.0\r\n${HOST}\r\n`,
      `GET  /s.mp3 HTTP/1.1\r\n${HOST}\r\n`,
      `GET /s.mp3\r\n\r\n`,
      `GET /s.mp3 HTTP/1.1\n${HOST}\r\n`,
      `GET /a/../s.mp3 HTTP/1.1\r\n${HOST}\r\n`,
      `${line}\r\n`,
      `${line}${HOST}Content-Length: 0\r\n\r\n`,
      `${line}${HOST}Transfer-Encoding: chunked\r\n\r\n`,
      `${line}${HOST}Upgrade: websocket\r\n\r\n`,
      `${line}${HOST}Expect: 100-continue\r\n\r\n`,
      `${line}${HOST}X : y\r\n\r\n`,
      `${line}${HOST} folded\r\n\r\n`,
      `${line}${HOST}X: a\0b\r\n\r\n`,
      `${line}${HOST}X: a\nY: b\r\n\r\n`,
      `${line}${HOST}nothing\r\n\r\n`,
      `${line}${HOST}\r\nGET / HTTP/1.1\r\n\r\n`,
      `${line}${HOST}X: ${"y".repeat(5000)}`,
      `GET /${"y".repeat(5000)}`,
      "POST /s.mp3 HTTP/1.1\r\n",
      "\x16\x03\x01",
    ]
  ) assertEquals(look(head), "http", head);
});

/** A front whose stream says who asked for it. */
async function withStream(
  run: (front: Front, clock: FakeClock) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const front = await Front.listen({
    hostname: "127.0.0.1",
    port: 0,
    clock,
    isTrustedProxy: () => true,
    isStream: (path) => path === "/s.mp3" || path === "/broken",
    routes: [{
      method: "GET",
      path: "/s.mp3",
      handle: (request, { remoteAddress, httpVersion }) => {
        const agent = request.headers.get("user-agent");
        const text = `${agent} ${remoteAddress} ${httpVersion}\n`;
        return new Takeover((socket) => void socket.write(text));
      },
    }, {
      method: "GET",
      path: "/broken",
      handle: () => Promise.reject(new TypeError("secret")),
    }],
  });
  try {
    await run(front, clock);
  } finally {
    const closed = front.close();
    await clock.advance(60_000);
    await closed;
  }
}

async function ask(front: Front, text: string): Promise<string> {
  using client = await RawClient.open(front.port);
  await client.send(text);
  return await client.until(/\n/);
}

Deno.test("a stream's handler is asked as any other, by both ways", async () => {
  await withStream(async (front) => {
    const fields = `${HOST}User-Agent: me\r\nX-Forwarded-For: 192.0.2.7\r\n`;
    for (const special of ["", "Content-Length: 0\r\n"]) {
      const head = `GET /s.mp3 HTTP/1.1\r\n${fields}${special}\r\n`;
      assertEquals(await ask(front, head), "me 192.0.2.7 1.1\n");
    }
    const old = "GET /s.mp3 HTTP/1.0\r\nUser-Agent: me\r\n\r\n";
    assertEquals(await ask(front, old), "me 127.0.0.1 1.0\n");
  });
});

Deno.test("a stream is refused to foreign hosts and two hosts; a handler's failure is told and nothing of it", async () => {
  await withStream(async (front) => {
    for (
      const [head, answer] of [
        [
          "GET /s.mp3 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
          /^HTTP\/1.1 421 /,
        ],
        [`GET /s.mp3 HTTP/1.1\r\n${HOST}${HOST}\r\n`, /^HTTP\/1.1 400 /],
        ["GET /s.mp3 HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400 /],
        [`GET /broken HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1.1 500 /],
      ] as const
    ) {
      using client = await RawClient.open(front.port);
      await client.send(head);
      const text = await client.toEnd();
      assert(answer.test(text) && !text.includes("secret"), text);
    }
  });
});

Deno.test("a stream's listener that says more is let go, and a head that does not end in time too", async () => {
  await withStream(async (front, clock) => {
    using talker = await RawClient.open(front.port);
    const head = `GET /s.mp3 HTTP/1.1\r\n${HOST}\r\n`;
    await talker.send(head);
    await talker.until(/\n/);
    await talker.send(head);
    await talker.toEnd();
    using slow = await RawClient.open(front.port);
    await slow.send("GET /s.mp3 HTTP/1.1\r\n");
    for (let ms = 0; ms <= HTTP_HEAD_MS_MAX; ms += 1000) {
      await clock.advance(1000);
      await slow.send("X").catch(() => {});
    }
    assert(/^HTTP\/1.1 408 /.test(await slow.toEnd()));
  });
});
