/**
 * Hostile playlists, each read over HTTP by a process of its own, as `check` and
 * `listen` do; a line each: how it ended, and the most memory it took.
 *
 *     deno task long hostile_playlists
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { PLAYLIST_LOAD_MS_MAX } from "../../lib/limits.ts";
import { PlaylistSource } from "../../lib/playlist/mod.ts";
import { importMapFlags } from "../../scripts/import_map.ts";

/** More than that is no bound. Reading a year of radio may take 300. */
const MB_MAX = 400;

const GIB = 1024 ** 3;
const RDF = `<rdf:RDF xmlns="http://purl.org/rss/1.0/" ` +
  `xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" ` +
  `xmlns:mm="http://musicbrainz.org/mm/mm-2.0#">`;

/** What a server may send, and what must become of it. */
interface Case {
  /** Before what is repeated. */
  head: string;
  /** Repeated until `bytes` are sent. */
  body: string;
  bytes: number;
  wanted: string;
  /** Sent with gzip: what is small on the way is large here. */
  isGzip?: boolean;
}

const item = (more: string) =>
  `<item>${more}<mm:duration>1000</mm:duration></item>\n`;
const entities = Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY b${i + 1} "${`&b${i};`.repeat(10)}">`,
).join("");

const CASES: Record<string, Case> = {
  "an entity bomb": {
    head:
      `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY b0 "lol">${entities}]><rss><channel><title>&b9;</title></channel></rss>`,
    body: "",
    bytes: 0,
    wanted: "playlist-syntax",
  },
  "an entity from a file": {
    head:
      `<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]><rss><channel><title>&p;</title></channel></rss>`,
    body: "",
    bytes: 0,
    wanted: "playlist-syntax",
  },
  "1 GB of one text": {
    head: "<rss><channel><title>",
    body: "endless ".repeat(8192),
    bytes: GIB,
    wanted: "playlist-too-large",
  },
  "1 GB of comments": {
    head: "<rss><channel>",
    body: `<!--${"x".repeat(60_000)}-->`,
    bytes: GIB,
    wanted: "playlist-too-large",
  },
  "1 GB of zeros in 1 MB of gzip": {
    head: "",
    body: "\0".repeat(65_536),
    bytes: GIB,
    wanted: "playlist-syntax",
    isGzip: true,
  },
  "1 GB of comments in a little gzip": {
    head: "<rss><channel>",
    body: `<!--${"x".repeat(60_000)}-->`,
    bytes: GIB,
    wanted: "playlist-too-large",
    isGzip: true,
  },
  "1 GB of unknown elements": {
    head: "<rss><channel>",
    body: "<a b='c'>d</a>".repeat(4000),
    bytes: GIB,
    wanted: "playlist-too-large",
  },
  "elements within elements": {
    head: "<rss><channel>",
    body: "<a>".repeat(20_000),
    bytes: GIB,
    wanted: "playlist-syntax",
  },
  "a million short items": {
    head: RDF,
    body: item("<link>http://a/</link>").repeat(1000),
    bytes: 1_000_000 * 70,
    wanted: "playlist-too-large",
  },
  "as many items as may be, none of them right": {
    head: RDF,
    body: item("<link>javascript:alert(1)</link>").repeat(1000),
    bytes: 300 * item("<link>javascript:alert(1)</link>").length * 1000,
    wanted: "playlist-syntax",
  },
  "items as long as may be": {
    head: RDF,
    body: item(
      `<link>http://a/${"x".repeat(8000)}</link><title>${
        "y".repeat(1000)
      }</title>`,
    ),
    bytes: 127 * 1024 * 1024,
    wanted: "playlist-syntax",
  },
  "as many items as may be, as long as may be": {
    head: RDF,
    body: item(
      `<link>http://a/${"x".repeat(200)}</link><title>${
        "y".repeat(200)
      }</title>`,
    ),
    bytes: 127 * 1024 * 1024,
    wanted: "playlist-syntax",
  },
  "ten redirects": {
    head: "",
    body: "",
    bytes: 0,
    wanted: "playlist-unreachable",
  },
};

function* chunks(
  { head, body, bytes }: Case,
): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  yield encoder.encode(head);
  const block = encoder.encode(body);
  for (let sent = 0; sent < bytes; sent += block.length) yield block;
}

function answer(request: Request): Response {
  const url = new URL(request.url);
  const name = decodeURIComponent(url.pathname.slice(1));
  if (name === "ten redirects") {
    const hop = Number(url.search.slice(1) || 0);
    return hop < 10
      ? Response.redirect(`${url.origin}${url.pathname}?${hop + 1}`)
      : new Response("<rss/>");
  }
  const sent = CASES[name]!;
  const body = ReadableStream.from<Uint8Array<ArrayBuffer>>(chunks(sent));
  const gzip: ReadableWritablePair<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  > = new CompressionStream("gzip");
  return sent.isGzip
    ? new Response(body.pipeThrough(gzip), {
      headers: { "content-encoding": "gzip" },
    })
    : new Response(body);
}

/** Most memory this process has held, in MB (Linux). */
function peakMb(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1000);
}

/** What became of one, as a child says it. */
interface Outcome {
  code: string;
  message: string;
  mb: number;
  seconds: number;
}

async function read(url: string): Promise<Outcome> {
  const startMs = systemClock.monotonic();
  const told = await new PlaylistSource(url, { random: () => 0.5 }).refresh()
    .then(({ playlist: { items, problems } }) => ({
      code: "read",
      message: `${items.length} items, ${problems.length} problems`,
    }), (error) => {
      if (!(error instanceof AlluviumError)) throw error;
      return { code: error.code as string, message: error.message };
    });
  const seconds = (systemClock.monotonic() - startMs) / 1000;
  return { ...told, mb: peakMb(), seconds };
}

async function main(): Promise<number> {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    answer,
  );
  const self = new URL(import.meta.url).pathname;
  const flags = await importMapFlags();
  let failed = 0;
  for (const [name, { wanted }] of Object.entries(CASES)) {
    const url = `http://127.0.0.1:${server.addr.port}/${
      encodeURIComponent(name)
    }`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", ...flags, self, url],
      stderr: "inherit",
    }).output();
    const outcome: Outcome = JSON.parse(new TextDecoder().decode(stdout));
    // A machine that has other work may not come to the end of it in time.
    const isLate = outcome.seconds * 1000 >= PLAYLIST_LOAD_MS_MAX;
    const code = isLate ? "playlist-unreachable" : wanted;
    const isFine = outcome.code === code && outcome.mb <= MB_MAX;
    if (!isFine) failed++;
    console.log(
      `${isFine ? "ok    " : "FAILED"} ${name}: ${
        outcome.seconds.toFixed(1)
      } s, ${outcome.mb} MB; ${outcome.code}: ${outcome.message.slice(0, 160)}`,
    );
  }
  return failed === 0 ? 0 : 1;
}

const [url] = Deno.args;
if (url === undefined) Deno.exit(await main());
console.log(JSON.stringify(await read(url)));
