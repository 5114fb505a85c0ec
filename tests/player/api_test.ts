import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import type { RequestInfo, Route } from "../../lib/http/route.ts";
import {
  STATION_REQUEST_BYTES_MAX,
  STATION_URL_MAX,
} from "../../lib/limits.ts";
import {
  type PlayerHost,
  playerRoutes,
  TOKEN_HEADER,
} from "../../lib/player/api.ts";
import type { StationStatus, Status } from "../../lib/player/status.ts";

const ORIGIN = "http://127.0.0.1:8000";
const TOKEN = "token-of-this-page";

const STATION: StationStatus = {
  name: "one",
  title: "One",
  url: "https://radio.example/p.rss",
  link: null,
  now: null,
  next: null,
  timing: { lateMs: 0, offMs: null, corrections: 0, lastCorrection: null },
  rootsPublished: true,
  mounts: [],
  hls: [],
  missing: [],
};

const STATUS: Status = {
  stations: [STATION],
  otherMounts: [],
  clock: { offsetMs: 0, errorMs: null },
  swarm: {
    peers: 0,
    reachable: null,
    bytesFromPeers: 0,
    bytesFromOrigin: 0,
    bytesToPeers: 0,
    duplicateBytes: 0,
    badChunks: 0,
    deadlineMisses: 0,
  },
};

class FakeHost implements PlayerHost {
  tuned: string[] = [];
  removed: string[] = [];
  status = () => STATUS;
  tune(url: string) {
    this.tuned.push(url);
    return Promise.resolve(STATION);
  }
  remove(name: string) {
    this.removed.push(name);
    return Promise.resolve(name === "one");
  }
}

function api(options: { isLocal?: boolean } = {}) {
  const host = new FakeHost();
  const routes = playerRoutes({
    host,
    token: TOKEN,
    nonce: () => "n0nce",
    isLocal: () => options.isLocal ?? true,
  });
  const ask = async (
    method: Route["method"],
    path: string,
    init: RequestInit = {},
    params: Record<string, string> = {},
  ) => {
    const route = routes.find((route) =>
      route.method === method &&
      new URLPattern({ pathname: route.path }).test(ORIGIN + path)
    )!;
    const info: RequestInfo = {
      remoteAddress: "127.0.0.1",
      remotePort: 1,
      url: new URL(ORIGIN + path),
      params,
      signal: new AbortController().signal,
    };
    const request = new Request(ORIGIN + path, { method, ...init });
    return await route.handle(request, info) as Response;
  };
  return { host, ask };
}

const post = (body: unknown, headers: Record<string, string> = {}) => ({
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { [TOKEN_HEADER]: TOKEN, ...headers },
});

Deno.test("the status is told as it is", async () => {
  const { ask } = api();
  assertEquals(await (await ask("GET", "/api/status")).json(), STATUS);
});

Deno.test("the page asks for nothing from anywhere else", async () => {
  const { ask } = api();
  const response = await ask("GET", "/");
  const policy = response.headers.get("content-security-policy") ?? "";
  assert(policy.includes("default-src 'none'"), policy);
  assert(policy.includes("script-src 'nonce-n0nce'"), policy);
  const html = await response.text();
  assert(!/(?:src|href)\s*=\s*"?https?:/i.test(html));
  assert(!/@import|url\(/.test(html));
  for (const left of ["%NONCE%", "%TOKEN%", "%STYLE%", "%SCRIPT%"]) {
    assert(!html.includes(left), left);
  }
  for (const script of html.matchAll(/<(?:script|style)[^>]*>/g)) {
    assert(script[0].includes('nonce="n0nce"'), script[0]);
  }
});

Deno.test("the token goes only to pages opened on this machine", async () => {
  assert((await (await api().ask("GET", "/")).text()).includes(TOKEN));
  const elsewhere = await api({ isLocal: false }).ask("GET", "/");
  assert(!(await elsewhere.text()).includes(TOKEN));
});

Deno.test("a page with its token tunes in; a bare name means https", async () => {
  const { host, ask } = api();
  const url = "http://radio.example/p.rss";
  assertEquals(
    (await ask("POST", "/api/stations", post({ url }))).status,
    201,
  );
  await ask("POST", "/api/stations", post({ url: "radio.example/p.rss" }));
  assertEquals(host.tuned, [url, "https://radio.example/p.rss"]);
});

Deno.test("a station is stopped by name", async () => {
  const { host, ask } = api();
  const { headers } = post("");
  const gone = await ask("DELETE", "/api/stations/one", { headers }, {
    name: "one",
  });
  assertEquals(gone.status, 204);
  assertEquals(host.removed, ["one"]);
  await assertRejects(
    () => ask("DELETE", "/api/stations/x", { headers }, { name: "x" }),
    AlluviumError,
    "not tuned",
  );
});

Deno.test("no change without the token, from another site or another machine", async () => {
  const body = { url: "http://radio.example/p.rss" };
  const attempts: [boolean, RequestInit][] = [
    [true, post(body, { [TOKEN_HEADER]: "" })],
    [true, post(body, { [TOKEN_HEADER]: TOKEN.replace("t", "x") })],
    [true, post(body, { origin: "https://evil.example" })],
    [false, post(body)],
  ];
  for (const [isLocal, init] of attempts) {
    const { host, ask } = api({ isLocal });
    const error = await assertRejects(
      () => ask("POST", "/api/stations", init),
      AlluviumError,
    );
    assertEquals(error.code, "forbidden");
    assertEquals(host.tuned, []);
  }
});

Deno.test("what is no web address is refused", async () => {
  const { host, ask } = api();
  const bodies: unknown[] = [
    "{",
    "null",
    {},
    { url: 1 },
    { url: "" },
    { url: "file:///etc/passwd" },
    { url: "javascript:alert(1)" },
    { url: `http://a.example/${"x".repeat(STATION_URL_MAX)}` },
  ];
  for (const body of bodies) {
    const error = await assertRejects(
      () => ask("POST", "/api/stations", post(body)),
      AlluviumError,
    );
    assertEquals(error.status, 400, JSON.stringify(body));
  }
  assertEquals(host.tuned, []);
});

Deno.test("a body past its limit is refused", async () => {
  const { ask } = api();
  const error = await assertRejects(
    () =>
      ask(
        "POST",
        "/api/stations",
        post({ url: "x".repeat(STATION_REQUEST_BYTES_MAX) }),
      ),
    AlluviumError,
  );
  assertEquals(error.code, "request-too-large");
});

Deno.test("a playlist that cannot be read is told with its place", async () => {
  const { host, ask } = api();
  host.tune = () =>
    Promise.reject(
      new AlluviumError("playlist-syntax", "Cannot read the playlist", {
        url: "http://radio.example/p.rss",
        line: 3,
        column: 7,
      }),
    );
  const body = { url: "http://radio.example/p.rss" };
  const error = await assertRejects(
    () => ask("POST", "/api/stations", post(body)),
    AlluviumError,
  );
  assertEquals(error.status, 422);
  assertEquals(
    error.message,
    "http://radio.example/p.rss:3:7: Cannot read the playlist",
  );
});
