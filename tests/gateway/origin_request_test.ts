import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import type { GuardPolicy } from "../../lib/gateway/guard.ts";
import {
  askOrigin,
  type OriginAccess,
} from "../../lib/gateway/origin_request.ts";
import {
  GATEWAY_ADDRESSES_MAX,
  GATEWAY_CONNECT_MS_MAX,
  GATEWAY_HEAD_MS_MAX,
  GATEWAY_IDLE_MS_MAX,
  GATEWAY_NAME_MS_MAX,
  GATEWAY_REDIRECTS_MAX,
} from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { gate, startOrigin } from "./world.ts";

const POLICY: GuardPolicy = {
  allowPrivate: true,
  ownAuthorities: new Set(),
  ownPorts: new Set(),
  ownAddresses: new Set(),
};

function access(rest: Partial<OriginAccess> = {}): OriginAccess {
  return {
    policy: POLICY,
    resolve: () => Promise.resolve(["127.0.0.1"]),
    clock: systemClock,
    ...rest,
  };
}

const signal = new AbortController().signal;
const get = (url: string) => ({ url, method: "GET" as const, signal });

async function textOf(body: AsyncGenerator<Uint8Array>): Promise<string> {
  let text = "";
  for await (const bytes of body) text += new TextDecoder().decode(bytes);
  return text;
}

Deno.test("askOrigin() dials the address that was checked, by whatever name", async () => {
  await using origin = await startOrigin((request, response) => {
    response.end(
      `${request.headers.host} ${request.headers["accept-encoding"]}`,
    );
  });
  const asked: string[] = [];
  const answer = await askOrigin(
    get(`http://rebind.example:${origin.port}/x?y#z`),
    access({
      resolve(host) {
        asked.push(host);
        return Promise.resolve(["127.0.0.1"]);
      },
    }),
  );
  const text = await textOf(answer.body());
  assertEquals(text, `rebind.example:${origin.port} identity`);
  assertEquals(asked, ["rebind.example"], "looked up once");
  assertEquals(origin.requests, ["GET /x?y"]);
});

Deno.test("askOrigin() tries the next address when one refuses", async () => {
  await using origin = await startOrigin((_, response) =>
    void response.end("y")
  );
  const resolve = () => Promise.resolve(["::1", "127.0.0.1"]);
  const answer = await askOrigin(
    get(`http://two.example:${origin.port}/`),
    access({ resolve }),
  );
  assertEquals(await textOf(answer.body()), "y");
});

Deno.test("askOrigin() waits GATEWAY_CONNECT_MS_MAX for an address that takes nothing, then tries the next", async () => {
  const clock = new FakeClock();
  await using origin = await startOrigin((_, response) =>
    void response.end("y")
  );
  using _full = await fullListener("127.0.0.2", origin.port);
  const resolve = () => Promise.resolve(["127.0.0.2", "127.0.0.1"]);
  const asking = askOrigin(
    get(`http://two.example:${origin.port}/`),
    access({ resolve, clock }),
  );
  await clock.advance(GATEWAY_CONNECT_MS_MAX - 1);
  assertEquals(origin.requests, []);
  await clock.advance(1);
  assertEquals(await textOf((await asking).body()), "y");
});

/** A port whose queue of connections is full: another one is neither taken nor refused. */
async function fullListener(
  hostname: string,
  port: number,
): Promise<Disposable> {
  const listener = Deno.listen({ hostname, port, tcpBacklog: 1 });
  const waiting = [
    await Deno.connect({ hostname, port }),
    await Deno.connect({ hostname, port }),
  ];
  return {
    [Symbol.dispose]() {
      for (const one of waiting) one.close();
      listener.close();
    },
  };
}

Deno.test("askOrigin() tries GATEWAY_ADDRESSES_MAX addresses of a name and no more", async () => {
  await using origin = await startOrigin((_, response) =>
    void response.end("y")
  );
  const nobody = Array.from(
    { length: GATEWAY_ADDRESSES_MAX },
    (_, i) => `127.0.0.${2 + i}`,
  );
  const ask = (addresses: string[]) =>
    askOrigin(
      get(`http://many.example:${origin.port}/`),
      access({ resolve: () => Promise.resolve(addresses) }),
    );
  const answer = await ask([...nobody.slice(1), "127.0.0.1"]);
  assertEquals(await textOf(answer.body()), "y");
  await assertRejects(() => ask([...nobody, "127.0.0.1"]), AlluviumError);
  assertEquals(origin.requests.length, 1);
});

Deno.test("askOrigin() waits GATEWAY_NAME_MS_MAX for a name, and no longer than its signal", async () => {
  const clock = new FakeClock();
  const resolve = () => new Promise<string[]>(() => {});
  const asking = askOrigin(
    get("http://slow.example/"),
    access({ clock, resolve }),
  );
  asking.catch(() => {});
  await clock.advance(GATEWAY_NAME_MS_MAX);
  await assertRejects(() => asking, AlluviumError, "no answer within 10 s");
  const end = new AbortController();
  const waiting = askOrigin(
    { ...get("http://slow.example/"), signal: end.signal },
    access({ clock, resolve }),
  );
  end.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  assertEquals(clock.waiting, 0);
});

Deno.test("askOrigin() checks every hop of a redirect", async () => {
  await using inner = await startOrigin((_, response) => void response.end());
  await using origin = await startOrigin((request, response) => {
    const location = request.url === "/file"
      ? "file:///etc/passwd"
      : `http://inner.example:${inner.port}/`;
    response.writeHead(302, { location }).end();
  });
  const ports = new Set([inner.port]);
  for (const path of ["inner", "file"]) {
    const error = await assertRejects(
      () =>
        askOrigin(
          get(origin.url + path),
          access({ policy: { ...POLICY, ownPorts: ports } }),
        ),
      AlluviumError,
    );
    assertEquals(error.code, "url-forbidden", path);
  }
  assertEquals(inner.requests, []);
});

Deno.test("askOrigin() follows GATEWAY_REDIRECTS_MAX redirects and no more", async () => {
  await using origin = await startOrigin((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end("there");
    else response.writeHead(307, { location: `/${left - 1}` }).end();
  });
  const there = await askOrigin(
    get(origin.url + GATEWAY_REDIRECTS_MAX),
    access(),
  );
  assertEquals(await textOf(there.body()), "there");
  await assertRejects(
    () => askOrigin(get(origin.url + (GATEWAY_REDIRECTS_MAX + 1)), access()),
    AlluviumError,
    "redirects too often",
  );
});

Deno.test("askOrigin() waits GATEWAY_HEAD_MS_MAX for a head", async () => {
  const clock = new FakeClock();
  const asked = gate();
  await using origin = await startOrigin(() => asked.open());
  const answer = askOrigin(get(origin.url), access({ clock }));
  answer.catch(() => {});
  await asked.opened;
  await clock.advance(GATEWAY_HEAD_MS_MAX);
  const error = await assertRejects(() => answer, AlluviumError);
  assertEquals([error.code, error.place.url], [
    "media-unreachable",
    origin.url,
  ]);
});

Deno.test("a body that pauses for GATEWAY_IDLE_MS_MAX has failed", async () => {
  const clock = new FakeClock();
  await using origin = await startOrigin((_, response) => {
    response.writeHead(200, { "content-length": 9 });
    response.write("abc");
  });
  const answer = await askOrigin(get(origin.url), access({ clock }));
  const body = answer.body();
  assertEquals((await body.next()).value?.length, 3);
  const next = body.next();
  next.catch(() => {});
  await clock.advance(GATEWAY_IDLE_MS_MAX);
  const error = await assertRejects(() => next, AlluviumError);
  assert(/nothing came/.test(error.message), error.message);
});

Deno.test("a body that breaks off has failed", async () => {
  const sent = gate();
  await using origin = await startOrigin(async (_, response) => {
    response.writeHead(200, { "content-length": 9 });
    response.write("abc");
    await sent.opened;
    response.destroy();
  });
  const answer = await askOrigin(get(origin.url), access());
  const body = answer.body();
  await body.next();
  sent.open();
  await assertRejects(() => body.next(), AlluviumError, "broke off");
});

Deno.test("askOrigin() and its body end with the signal's reason", async () => {
  const asked = gate();
  await using origin = await startOrigin((request, response) => {
    asked.open();
    if (request.url === "/body") response.writeHead(200).write("abc");
  });
  const head = new AbortController();
  const waiting = askOrigin(
    { ...get(origin.url), signal: head.signal },
    access(),
  );
  await asked.opened;
  head.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");

  const reading = new AbortController();
  const request = { ...get(`${origin.url}body`), signal: reading.signal };
  const body = (await askOrigin(request, access())).body();
  await body.next();
  const next = body.next();
  reading.abort(new Error("enough"));
  await assertRejects(() => next, Error, "enough");
});

Deno.test("askOrigin() says which host it could not reach", async () => {
  const origin = await startOrigin(() => {});
  await origin[Symbol.asyncDispose]();
  const error = await assertRejects(
    () => askOrigin(get(origin.url), access()),
    AlluviumError,
  );
  assertEquals([error.code, error.place.url], [
    "media-unreachable",
    origin.url,
  ]);
});
