import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { Front, type FrontOptions } from "../../lib/http/front.ts";
import { type Route, Takeover } from "../../lib/http/route.ts";
import {
  HTTP_BODY_BYTES_MAX,
  HTTP_BODY_MS_MAX,
  HTTP_HEAD_BYTES_MAX,
  HTTP_HEAD_MS_MAX,
  HTTP_PIPELINE_MAX,
  HTTP_STALL_MS_MAX,
} from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { RawClient } from "./raw_client.ts";

const HOST = "Host: localhost\r\n";

/** Answers "/NAME" with NAME. */
const hello: Route = {
  method: "GET",
  path: "/hello/:name",
  handle: (_request, info) => new Response(info.params.name ?? ""),
};

const echo: Route = {
  method: "POST",
  path: "/echo",
  handle: async (request) => new Response(await request.text()),
};

function listen(options: Partial<FrontOptions> = {}): Promise<Front> {
  return Front.listen({
    routes: [hello, echo],
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
    ...options,
  });
}

async function withFront(
  options: Partial<FrontOptions>,
  run: (front: Front) => Promise<void>,
): Promise<void> {
  const front = await listen(options);
  try {
    await run(front);
  } finally {
    await front.close();
  }
}

/** Turns the clock on in small steps until the promise settles. */
async function turning<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => settled = true);
  for (let i = 0; !settled && i < 200; i++) await clock.advance(0);
  return await watched;
}

Deno.test("a front answers many requests on one connection", async () => {
  await withFront({}, async (front) => {
    using client = await RawClient.open(front.port);
    for (const name of ["one", "two", "three"]) {
      await client.send(`GET /hello/${name} HTTP/1.1\r\n${HOST}\r\n`);
      await client.until(new RegExp(`\\r\\n${name}\\r\\n`));
    }
    assertEquals(front.connections, 1);
  });
});

Deno.test("a front answers a head and a body that come byte by byte", async () => {
  await withFront({}, async (front) => {
    using client = await RawClient.open(front.port);
    const body = `POST /echo HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\n12345`;
    await client.sendByteByByte(body + body);
    await client.until(/12345[^]*12345/);
  });
});

Deno.test("a front answers pipelined requests in their order", async () => {
  let releaseSlow = () => {};
  const released = new Promise<void>((resolve) => releaseSlow = resolve);
  const slow: Route = {
    method: "GET",
    path: "/slow",
    handle: async () => {
      await released;
      return new Response("slow");
    },
  };
  await withFront({ routes: [slow, hello] }, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(
      `GET /slow HTTP/1.1\r\n${HOST}\r\nGET /hello/fast HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    );
    releaseSlow();
    const text = await client.toEnd();
    assert(text.indexOf("slow") < text.indexOf("fast"), text);
  });
});

Deno.test("a front drops a connection that pipelines without end", async () => {
  const never: Route = {
    method: "GET",
    path: "/never",
    handle: (_request, info) =>
      new Promise((resolve) => {
        info.signal.onabort = () => resolve(new Response());
      }),
  };
  await withFront({ routes: [never] }, async (front) => {
    using client = await RawClient.open(front.port);
    const request = `GET /never HTTP/1.1\r\n${HOST}\r\n`;
    await client.send(request.repeat(HTTP_PIPELINE_MAX + 1));
    assertEquals(await client.toEnd(), "");
  });
});

Deno.test("a half-sent head is refused after its time, on a fresh connection and on a used one", async () => {
  const clock = new FakeClock();
  await withFront({ clock }, async (front) => {
    using fresh = await RawClient.open(front.port);
    using used = await RawClient.open(front.port);
    using idle = await RawClient.open(front.port);
    await used.send(`GET /hello/x HTTP/1.1\r\n${HOST}\r\n`);
    await used.until(/\r\nx\r\n/);
    await idle.send(`GET /hello/x HTTP/1.1\r\n${HOST}\r\n`);
    await idle.until(/\r\nx\r\n/);
    await fresh.send("GET /hello/x HTTP/1.1\r\nHost: loc");
    await used.send("GET /hello/x HTTP/1.1\r\nHost: loc");
    // What is asked and answered after it shows that it has arrived.
    using later = await RawClient.open(front.port);
    await later.send(
      `GET /hello/x HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    );
    await later.toEnd();
    await clock.advance(HTTP_HEAD_MS_MAX - 1);
    assertEquals(front.connections, 3);
    await clock.advance(1);
    assert((await fresh.toEnd()).startsWith("HTTP/1.1 408 "));
    assert((await used.toEnd()).includes("HTTP/1.1 408 "));
    assertEquals((await idle.toEnd()).includes("408"), false);
    assertEquals(clock.waiting, 0);
  });
});

Deno.test("a head's time does not start anew with each byte", async () => {
  const clock = new FakeClock();
  await withFront({ clock }, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send("GET /hello/x HTTP/1.1\r\nX: ");
    for (let second = 0; second < HTTP_HEAD_MS_MAX / 1000; second++) {
      await client.send("y");
      await clock.advance(1000);
    }
    assert((await client.toEnd()).startsWith("HTTP/1.1 408 "));
  });
});

Deno.test("a body that dribbles in is refused after its time", async () => {
  const clock = new FakeClock();
  await withFront({ clock }, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(
      `POST /echo HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\n123`,
    );
    while (clock.waiting !== 1) await clock.advance(0);
    await clock.advance(HTTP_HEAD_MS_MAX);
    assertEquals(front.connections, 1);
    await clock.advance(HTTP_BODY_MS_MAX);
    assert((await client.toEnd()).startsWith("HTTP/1.1 408 "));
  });
});

Deno.test("an oversize head is refused", async () => {
  await withFront({}, async (front) => {
    using client = await RawClient.open(front.port);
    const filler = "x".repeat(HTTP_HEAD_BYTES_MAX);
    await client.send(`GET /hello/x HTTP/1.1\r\n${HOST}Big: ${filler}\r\n\r\n`);
    assert((await client.toEnd()).startsWith("HTTP/1.1 431 "));
  });
});

Deno.test("an oversize body is refused, announced or not", async () => {
  await withFront({}, async (front) => {
    using announced = await RawClient.open(front.port);
    await announced.send(
      `POST /echo HTTP/1.1\r\n${HOST}Content-Length: ${
        HTTP_BODY_BYTES_MAX + 1
      }\r\n\r\n`,
    );
    assert((await announced.toEnd()).startsWith("HTTP/1.1 413 "));
    const endless = new Blob([new Uint8Array(HTTP_BODY_BYTES_MAX + 1)]);
    const response = await fetch(`${front.url}echo`, {
      method: "POST",
      body: endless.stream(),
    });
    assertEquals(response.status, 413);
    await response.body?.cancel();
    const most = await fetch(`${front.url}echo`, {
      method: "POST",
      body: "y".repeat(HTTP_BODY_BYTES_MAX),
    });
    assertEquals((await most.text()).length, HTTP_BODY_BYTES_MAX);
  });
});

Deno.test("one connection too many is refused, and room comes back", async () => {
  await withFront({ limits: { total: 2 } }, async (front) => {
    using first = await RawClient.open(front.port);
    await first.send(`GET /hello/a HTTP/1.1\r\n${HOST}\r\n`);
    await first.until(/\r\na\r\n/);
    {
      using second = await RawClient.open(front.port);
      await second.send(`GET /hello/b HTTP/1.1\r\n${HOST}\r\n`);
      await second.until(/\r\nb\r\n/);
      using third = await RawClient.open(front.port);
      assert((await third.toEnd()).startsWith("HTTP/1.1 503 "));
      await second.send(
        `GET /hello/b HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
      );
      await second.toEnd();
    }
    using fourth = await RawClient.open(front.port);
    await fourth.send(`GET /hello/d HTTP/1.1\r\n${HOST}\r\n`);
    await fourth.until(/\r\nd\r\n/);
  });
});

Deno.test("a HEAD is answered like its GET without the body", async () => {
  let cancelled = false;
  const route: Route = {
    method: "GET",
    path: "/file",
    handle: () =>
      new Response(
        new ReadableStream({ cancel: () => void (cancelled = true) }),
        { headers: { "content-length": "1000000", "content-type": "x/y" } },
      ),
  };
  await withFront({ routes: [route] }, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(
      `HEAD /file HTTP/1.1\r\n${HOST}\r\nGET /none HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    );
    const text = await client.toEnd();
    assert(/content-length: 1000000/i.test(text), text);
    assert(text.includes("\r\n\r\nHTTP/1.1 404"), text);
    assert(cancelled);
  });
});

Deno.test("a body is pulled no faster than a slow client reads, and a client that stalls is dropped", async () => {
  const clock = new FakeClock();
  let pulled = 0;
  let cancel = () => {};
  const cancelled = new Promise<void>((resolve) => cancel = resolve);
  const route: Route = {
    method: "GET",
    path: "/endless",
    handle: () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled++;
            controller.enqueue(new Uint8Array(65536));
          },
          cancel: () => cancel(),
        }),
      ),
  };
  await withFront({ routes: [route], clock }, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(`GET /endless HTTP/1.1\r\n${HOST}\r\n`);
    while (clock.waiting === 0) await clock.advance(0);
    const before = pulled;
    for (let i = 0; i < 50; i++) await clock.advance(0);
    assertEquals(pulled, before);
    assert(pulled < 500, `${pulled} pieces of 64 KiB`);
    await clock.advance(HTTP_STALL_MS_MAX);
    await cancelled;
  });
});

Deno.test("a client that goes aborts the handler's signal and cancels the body", async () => {
  const seen: string[] = [];
  let allSeen = () => {};
  const done = new Promise<void>((resolve) => allSeen = resolve);
  const note = (what: string) => {
    seen.push(what);
    if (seen.length === 3) allSeen();
  };
  const route: Route = {
    method: "GET",
    path: "/wait/:how",
    handle: (_request, info) => {
      info.signal.addEventListener("abort", () => note("aborted"));
      if (info.params.how === "handler") return new Promise(() => {});
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(1)),
          cancel: () => note("cancelled"),
        }),
      );
    },
  };
  await withFront({ routes: [route] }, async (front) => {
    {
      using handler = await RawClient.open(front.port);
      await handler.send(`GET /wait/handler HTTP/1.1\r\n${HOST}\r\n`);
      using body = await RawClient.open(front.port);
      await body.send(`GET /wait/body HTTP/1.1\r\n${HOST}\r\n`);
      await body.until(/\r\n\r\n1/);
    }
    await done;
    assertEquals(seen.toSorted(), ["aborted", "aborted", "cancelled"]);
  });
});

Deno.test("the signal of a request that was answered is never aborted", async () => {
  const signals: AbortSignal[] = [];
  const route: Route = {
    method: "GET",
    path: "/",
    handle: (request, info) => {
      signals.push(request.signal, info.signal);
      return new Response("x");
    },
  };
  const front = await listen({ routes: [route] });
  await (await fetch(front.url)).text();
  await front.close();
  assertEquals(signals.map((signal) => signal.aborted), [false, false]);
});

Deno.test("a body shorter than it said closes the connection", async () => {
  const route: Route = {
    method: "GET",
    path: "/short",
    handle: () =>
      new Response(new Uint8Array(5), { headers: { "content-length": "9" } }),
  };
  await withFront({ routes: [route] }, async (front) => {
    const response = await fetch(`${front.url}short`);
    await assertRejects(() => response.text());
  });
});

Deno.test("what a handler throws becomes problem details, and only its own words", async () => {
  const lines: string[] = [];
  const route: Route = {
    method: "GET",
    path: "/:how",
    handle: (_request, info) => {
      if (info.params.how === "known") {
        throw new AlluviumError("range-not-satisfiable", "Cannot give that");
      }
      throw new Error("secret of /home/user");
    },
  };
  const log = (_level: string, message: string, detail?: unknown) => {
    lines.push(message + JSON.stringify(detail));
  };
  await withFront({ routes: [route], log }, async (front) => {
    const known = await fetch(`${front.url}known`);
    assertEquals(known.status, 416);
    assertEquals(
      known.headers.get("content-type"),
      "application/problem+json",
    );
    assertEquals(await known.json(), {
      type: "urn:alluvium:error:range-not-satisfiable",
      title: "Range not satisfiable",
      status: 416,
      detail: "Cannot give that",
      code: "range-not-satisfiable",
    });
    assertEquals(lines, []);
    const unknown = await fetch(`${front.url}unknown`);
    assertEquals(unknown.status, 500);
    assert(!(await unknown.text()).includes("secret"));
    assert(lines.join().includes("secret of /home/user"));
  });
});

Deno.test("an unknown path, a wrong method and OPTIONS have their answers", async () => {
  await withFront({}, async (front) => {
    const missing = await fetch(`${front.url}nothing`);
    assertEquals(missing.status, 404);
    assertEquals((await missing.json()).code, "not-found");
    const wrong = await fetch(`${front.url}echo`);
    assertEquals(wrong.status, 405);
    assertEquals(wrong.headers.get("allow"), "POST, OPTIONS");
    await wrong.body?.cancel();
    const options = await fetch(`${front.url}hello/x`, { method: "OPTIONS" });
    assertEquals(options.status, 204);
    assertEquals(options.headers.get("allow"), "GET, OPTIONS, HEAD");
    using client = await RawClient.open(front.port);
    await client.send(`SOURCE /hello/x HTTP/1.0\r\n\r\n`);
    assert((await client.toEnd()).startsWith("HTTP/1.1 405 "));
    using connect = await RawClient.open(front.port);
    await connect.send(`CONNECT evil.example:80 HTTP/1.1\r\n${HOST}\r\n`);
    assert((await connect.toEnd()).startsWith("HTTP/1.1 405 "));
  });
});

Deno.test("garbage, two hosts, a bad host and two lengths are refused", async () => {
  await withFront({}, async (front) => {
    const bad = [
      "\x00\x01\x02 hello\r\n\r\n",
      "GET /hello/x HTTP/1.1\r\n\r\n",
      `GET /hello/x HTTP/1.1\r\n${HOST}Host: evil.example\r\nConnection: close\r\n\r\n`,
      "GET /hello/x HTTP/1.1\r\nHost: a/../b\r\nConnection: close\r\n\r\n",
      "GET hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      `POST /echo HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    ];
    for (const request of bad) {
      using client = await RawClient.open(front.port);
      await client.send(request);
      const text = await client.toEnd();
      assert(text.startsWith("HTTP/1.1 400 "), request + text);
    }
  });
});

Deno.test("a host that is not this machine's is sent away", async () => {
  await withFront({}, async (front) => {
    const heads: [string, string][] = [
      [`GET /hello/x HTTP/1.1\r\nHost: evil.example\r\n`, "421"],
      [`GET /hello/x HTTP/1.1\r\nHost: evil.example:${front.port}\r\n`, "421"],
      [`GET /hello/x HTTP/1.1\r\nHost: 192.0.2.1\r\n`, "421"],
      [`GET http://evil.example/hello/x HTTP/1.1\r\n${HOST}`, "421"],
      [
        `GET http://localhost/hello/x HTTP/1.1\r\nHost: evil.example\r\n`,
        "200",
      ],
      [`GET /hello/x HTTP/1.1\r\nHost: 127.0.0.1:${front.port}\r\n`, "200"],
      [`GET /hello/x HTTP/1.1\r\nHost: [::1]\r\n`, "200"],
      [`GET /hello/x HTTP/1.1\r\nHost: LOCALHOST.\r\n`, "200"],
      [`GET /hello/x HTTP/1.0\r\n`, "200"],
    ];
    for (const [head, status] of heads) {
      using client = await RawClient.open(front.port);
      await client.send(`${head}Connection: close\r\n\r\n`);
      const text = await client.toEnd();
      assert(text.startsWith(`HTTP/1.1 ${status} `), head + text);
    }
  });
});

Deno.test("another site's page cannot change anything", async () => {
  await withFront({}, async (front) => {
    const post = async (headers: Record<string, string>) => {
      const url = `${front.url}echo`;
      const response = await fetch(url, { method: "POST", body: "x", headers });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await post({}), 200);
    assertEquals(await post({ origin: front.url.slice(0, -1) }), 200);
    assertEquals(await post({ origin: "https://evil.example" }), 403);
    assertEquals(await post({ origin: "null" }), 403);
    assertEquals(await post({ "sec-fetch-site": "cross-site" }), 403);
  });
  await withFront({ allowedHosts: "any" }, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(
      "POST /echo HTTP/1.1\r\nHost: peer.example\r\nOrigin: http://x.example\r\nContent-Length: 2\r\n\r\nok",
    );
    await client.until(/\r\nok\r\n/);
  });
});

Deno.test("a takeover owns the connection, and a client that goes ends it", async () => {
  let closed = () => {};
  const ended = new Promise<void>((resolve) => closed = resolve);
  const route: Route = {
    method: "GET",
    path: "/raw",
    handle: () =>
      new Takeover((socket) => {
        socket.on("close", closed);
        socket.write("ICY 200 OK\r\n\r\nmusic");
      }),
  };
  const clock = new FakeClock();
  await withFront({ routes: [route], clock }, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(`GET /raw HTTP/1.1\r\n${HOST}\r\n`);
    assertEquals(await client.until(/music/), "ICY 200 OK\r\n\r\nmusic");
    await clock.advance(HTTP_HEAD_MS_MAX * 10);
    assertEquals(front.connections, 1);
    await client.closeWrite();
    await turning(clock, ended);
    assertEquals(clock.waiting, 0);
  });
});

Deno.test("a second request, or garbage, on a taken connection ends it", async () => {
  const route: Route = {
    method: "GET",
    path: "/raw",
    handle: () => new Takeover((socket) => void socket.write("music")),
  };
  await withFront({ routes: [route, hello] }, async (front) => {
    for (const more of ["GET /raw HTTP/1.1\r\nHost: x\r\n\r\n", "\x00\r\n"]) {
      using client = await RawClient.open(front.port);
      await client.send(`GET /raw HTTP/1.1\r\n${HOST}\r\n`);
      await client.until(/music/);
      await client.send(more);
      assertEquals(await client.toEnd(), "music");
    }
  });
});

Deno.test("an offer of HTTP/2 is passed over", async () => {
  await withFront({}, async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(
      `GET /hello/x HTTP/1.1\r\n${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n`,
    );
    await client.until(/\r\nx\r\n/);
  });
});

Deno.test("closing ends idle connections, takeovers and endless bodies, and lets a short answer finish", async () => {
  let answer = () => {};
  const mayAnswer = new Promise<void>((resolve) => answer = resolve);
  let started = () => {};
  const isAsked = new Promise<void>((resolve) => started = resolve);
  const routes: Route[] = [
    {
      method: "GET",
      path: "/raw",
      handle: () => new Takeover((socket) => void socket.write("music")),
    },
    {
      method: "GET",
      path: "/short",
      handle: async (_request, info) => {
        info.signal.addEventListener("abort", answer);
        started();
        await mayAnswer;
        return new Response("goodbye");
      },
    },
    hello,
  ];
  const front = await listen({ routes });
  using idle = await RawClient.open(front.port);
  await idle.send(`GET /hello/x HTTP/1.1\r\n${HOST}\r\n`);
  await idle.until(/\r\nx\r\n/);
  using taken = await RawClient.open(front.port);
  await taken.send(`GET /raw HTTP/1.1\r\n${HOST}\r\n`);
  await taken.until(/music/);
  using short = await RawClient.open(front.port);
  await short.send(`GET /short HTTP/1.1\r\n${HOST}\r\n`);
  await isAsked;
  const both = Promise.all([front.close(), front.close()]);
  assert((await short.toEnd()).includes("goodbye"));
  assertEquals(await taken.toEnd(), "music");
  await idle.toEnd();
  await both;
  assertEquals(front.connections, 0);
});

Deno.test("a taken port is an error, or any other port where that is allowed", async () => {
  await withFront({}, async (front) => {
    const error = await assertRejects(
      () => listen({ port: front.port }),
      AlluviumError,
    );
    assertEquals(error.code, "address-in-use");
    await withFront(
      { port: front.port, fallbackPorts: true },
      async (other) => {
        assert(other.port !== front.port);
        const response = await fetch(`${other.url}hello/x`);
        assertEquals(await response.text(), "x");
      },
    );
  });
});

Deno.test("a sniffer takes connections by their first bytes, and HTTP gets every byte of the others", async () => {
  const taken: string[] = [];
  const decoder = new TextDecoder();
  const sniff: FrontOptions["sniff"] = {
    look(bytes) {
      const text = decoder.decode(bytes);
      if (!"SOURCE ".startsWith(text.slice(0, 7))) return "http";
      return text.includes("\r\n\r\n") ? "mine" : "more";
    },
    take(socket, first, client) {
      taken.push(decoder.decode(first), client.remoteAddress);
      socket.end("HTTP/1.0 200 OK\r\n\r\n");
    },
  };
  await withFront({ sniff }, async (front) => {
    const source = "SOURCE /live ICE/1.0\r\n\r\n";
    using mine = await RawClient.open(front.port);
    await mine.sendByteByByte(source);
    assertEquals(await mine.toEnd(), "HTTP/1.0 200 OK\r\n\r\n");
    assertEquals(taken, [source, "127.0.0.1"]);
    const post = `POST /echo HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`;
    using whole = await RawClient.open(front.port);
    await whole.send(post + post);
    await whole.until(/abc[^]*abc/);
    using bytes = await RawClient.open(front.port);
    await bytes.sendByteByByte(post + post);
    await bytes.until(/abc[^]*abc/);
    using large = await RawClient.open(front.port);
    await large.send("SOURCE " + "x".repeat(HTTP_HEAD_BYTES_MAX));
    assert((await large.toEnd()).startsWith("HTTP/1.1 431 "));
  });
});
