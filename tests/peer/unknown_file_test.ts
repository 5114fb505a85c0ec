/**
 * Many want a file at once that nobody has hashed: the gateway downloads it,
 * hashes arrive while bytes do, and the listeners trade what each of them
 * fetched. Real nodes, a real gateway, on loopback.
 */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { systemClock } from "../../lib/clock.ts";
import { PeerNode } from "../../lib/peer/mod.ts";
import {
  type OriginHandler,
  startGateway,
  startOrigin,
} from "../gateway/world.ts";
import { sampleFile } from "../hashtree/reference.ts";

const FILE = sampleFile(16 * 1024 * 1024 + 5);
const NODES = 8;
const PIECE_BYTES = 32 * 1024;
const never = new AbortController().signal;

/** Sends the file piece by piece, so that it arrives while others work; knows no Range. */
const slowly: OriginHandler = async (request, response) => {
  if (request.url?.endsWith(".tree")) return void response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": "audio/mpeg",
    "content-length": FILE.length,
    etag: '"one"',
  });
  if (request.method === "HEAD") return void response.end();
  for (let at = 0; at < FILE.length; at += PIECE_BYTES) {
    const piece = FILE.subarray(at, at + PIECE_BYTES);
    if (!response.write(piece)) await once(response, "drain");
    await systemClock.sleep(2);
  }
  response.end();
};

function startNode(): Promise<PeerNode> {
  return PeerNode.start({
    clock: systemClock,
    log: () => {},
    random: Math.random,
    cacheFolder: undefined,
    cacheBytes: 1e9,
    port: 0,
    hostname: "127.0.0.1",
    share: true,
    uploadBytesPerSecond: Infinity,
  });
}

Deno.test("eight who want a file that nobody has hashed all have it, and its origin sent it once", async () => {
  await using origin = await startOrigin(slowly);
  await using world = await startGateway();
  const url = `${origin.url}a.mp3`;
  const nodes = await Promise.all(Array.from({ length: NODES }, startNode));
  const all = await Promise.all(nodes.map(async (node) => {
    const file = await node.openWhole({ url }, [world.url], never);
    await file.whole(never);
    return await file.read(0, file.size);
  }));
  for (const bytes of all) assert(Buffer.from(bytes).equals(FILE));
  const asked = origin.requests.filter((line) => line === "GET /a.mp3");
  assertEquals(asked.length, 1);
  const traded = nodes.reduce(
    (sum, node) => sum + node.status().bytesToPeers,
    0,
  );
  assert(traded > FILE.length, `${traded} bytes from listener to listener`);
  for (const node of nodes) await node.close();
});
