/**
 * Those who lie: a peer that alters one byte, a gateway whose hashes or whose
 * copies are wrong. Not one altered byte is played, stored or passed on, and
 * the item plays to its end.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { LEAF_BYTES, leafCount } from "../../lib/hashtree/geometry.ts";
import {
  type Listener,
  startGateway,
  startListener,
  startListeners,
} from "../support/alluvium.ts";
import { cachedOf } from "../support/cache.ts";
import { isSilentMp3, mp3Frames, place } from "../support/frames.ts";
import { type DoubleAnswer, GatewayDouble } from "../support/gateway_double.ts";
import { LyingPeer } from "../support/liar.ts";
import { receive } from "../support/players.ts";
import { programs } from "../support/programs.ts";
import {
  secondsFromNow,
  startStation,
  type Station,
} from "../support/station.ts";

const { ignore } = programs("nginx", "ffmpeg", "curl");

const SECONDS = 12;

/** Bytes per second of an origin whose file takes six seconds to hash. */
const SLOW = 80_000;

function openStation(trees: boolean): Promise<Station> {
  const files = { "a.mp3": { seconds: SECONDS, kbit: 320, title: "True" } };
  const nginx = trees ? {} : { bytesPerSecond: SLOW };
  return startStation({ files, trees, nginx });
}

/** Hears the item to its end and beyond: one run of the file's own frames. */
async function assertPlaysToTheEnd(
  { mp3 }: Listener,
  source: Uint8Array,
): Promise<void> {
  const { audio } = await receive(mp3, SECONDS + 1);
  const frames = mp3Frames(source);
  const { runs, foreign } = place(mp3Frames(audio), [frames], isSilentMp3);
  assertEquals(foreign, 0, "frames that are not the file's");
  assertEquals(runs.length, 1, JSON.stringify(runs));
  const [, first, count] = runs[0]!;
  // The encoder's last frames are padding, which a joint may drop.
  assert(first + count >= frames.length - 3, `${runs} of ${frames.length}`);
}

/** Ends the listener, so that its cache is complete, and looks at that. */
async function assertCacheIsTrue(
  { child, cache }: Listener,
  source: Uint8Array,
): Promise<void> {
  await child.end();
  const { leaves, wrong } = await cachedOf(cache.path, source);
  assertEquals(wrong, 0, "leaves on disk that are not the file's");
  assert(leaves > leafCount(source.length) / 2, `only ${leaves} leaves`);
}

function linesOf({ child }: Listener, about: RegExp): string[] {
  return child.stderr.split("\n").filter((line) => about.test(line));
}

for (const roots of [true, false]) {
  const how = roots
    ? "with roots in the playlist"
    : "while the gateway is still hashing";
  Deno.test({
    name:
      `a peer that alters one byte is banned by all, ${how}, and no listener plays, stores or passes on what it sent`,
    ignore,
    fn: async () => {
      await using gateway = await startGateway();
      await using station = await openStation(roots);
      const bytes = station.bytes("a.mp3");
      const url = `${station.url}a.mp3`;
      const root = roots ? { root: station.rootOf("a.mp3") } : {};
      await using liar = await LyingPeer.join({
        ...{ gateway: gateway.url, url, bytes },
        ...root,
      });
      const playlist = await station.publish({
        roots,
        gateways: [gateway.url],
        items: [{ file: "a.mp3", startMs: secondsFromNow(-1) }],
      });
      await using listeners = await startListeners(2, playlist);
      await Promise.all(
        listeners.map((one) => assertPlaysToTheEnd(one, bytes)),
      );
      assert(liar.lies >= 1, "nobody asked the liar");
      for (const listener of listeners) {
        const { swarm } = await listener.status();
        // Not more: nobody but the liar sent a wrong byte, and it once.
        assertEquals(swarm.badChunks, 1, listener.child.output);
        const banned = linesOf(listener, /banned/);
        assertEquals(banned.length, 1, listener.child.stderr);
        await assertCacheIsTrue(listener, bytes);
      }
      assertEquals(liar.links, listeners.length, "a banned peer came back");
    },
  });
}

/** A gateway that gives true hashes of another file than the one it names. */
function falseHashes(bytes: Uint8Array): DoubleAnswer {
  return (message, client) => {
    if (message.t !== "join") return;
    const lie = crypto.getRandomValues(
      new Uint8Array(32 * leafCount(bytes.length)),
    );
    client.send({
      t: "joined",
      ref: message.ref,
      resource: named(message.url, message.root!, bytes),
      hashes: { from: 0, leaves: lie.toBase64(), uncles: "" },
      peers: [],
      leases: [],
    });
  };
}

/** A gateway that gives true hashes, and leases to a copy with altered bytes. */
function falseCopy(
  bytes: Uint8Array,
  layer: Uint8Array,
  source: string,
): DoubleAnswer {
  return (message, client) => {
    if (message.t === "join") {
      client.send({
        t: "joined",
        ref: message.ref,
        resource: named(message.url, message.root!, bytes),
        hashes: { from: 0, leaves: layer.toBase64(), uncles: "" },
        peers: [],
        leases: [],
      });
    } else if (message.t === "lease") {
      const { key, from } = message;
      const count = Math.min(4, message.until - from);
      const lease = { from, count, source, ttlMs: 5000 };
      client.send({ t: "lease", key, lease });
    }
  };
}

function named(url: string, root: string, bytes: Uint8Array) {
  const { length } = bytes;
  return { url, key: root, provisional: false, root, length, mirrors: [] };
}

/** A web server with a copy of which each sixteenth KiB is altered. */
function serveAltered(bytes: Uint8Array) {
  const altered = bytes.slice();
  for (let at = 100; at < altered.length; at += LEAF_BYTES) altered[at]! ^= 1;
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const range = request.headers.get("range") ?? "";
      const [, start = 0, last = 0] = /(\d+)-(\d+)/.exec(range)!.map(Number);
      return new Response(altered.slice(start, last + 1), {
        status: 206,
        headers: {
          "content-range": `bytes ${start}-${last}/${altered.length}`,
        },
      });
    },
  );
}

async function assertSurvives(
  station: Station,
  gateway: GatewayDouble,
  said: RegExp,
): Promise<void> {
  const bytes = station.bytes("a.mp3");
  const playlist = await station.publish({
    roots: true,
    gateways: [gateway.url],
    items: [{ file: "a.mp3", startMs: secondsFromNow(-1) }],
  });
  await using listener = await startListener(playlist);
  await assertPlaysToTheEnd(listener, bytes);
  const told = linesOf(listener, /not to be trusted/);
  assertEquals(told.length, 1, listener.child.stderr);
  assertMatch(told[0]!, said);
  await assertCacheIsTrue(listener, bytes);
}

Deno.test({
  name:
    "a gateway whose hashes do not prove the playlist's root is found out, and the item plays to its end",
  ignore,
  fn: async () => {
    await using station = await openStation(true);
    const answer = falseHashes(station.bytes("a.mp3"));
    await using gateway = new GatewayDouble(answer);
    await assertSurvives(station, gateway, /hashes do not prove/);
  },
});

Deno.test({
  name:
    "a gateway that leases altered copies is found out, and the item plays to its end",
  ignore,
  fn: async () => {
    await using station = await openStation(true);
    const bytes = station.bytes("a.mp3");
    await using copy = serveAltered(bytes);
    const source = `http://127.0.0.1:${copy.addr.port}/a.mp3`;
    const layer = await Deno.readFile(`${station.root}/a.mp3.tree`);
    await using gateway = new GatewayDouble(falseCopy(bytes, layer, source));
    await assertSurvives(station, gateway, /fails its hashes/);
  },
});
