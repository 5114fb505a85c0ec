import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import type { GuardPolicy } from "../../lib/gateway/guard.ts";
import {
  askOrigin,
  type OriginAccess,
} from "../../lib/gateway/origin_request.ts";
import {
  GATEWAY_HEAD_MS_MAX,
  GATEWAY_IDLE_MS_MAX,
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
