import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { httpDialBack } from "../../lib/gateway/dial_back.ts";
import { DIAL_BACK_MS_MAX, GATEWAY_DIAL_BACKS_MAX } from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { freePort } from "../support/ports.ts";
import { gate, startOrigin } from "./world.ts";

const ID = "ab".repeat(16);
const signal = new AbortController().signal;

Deno.test("a peer that answers with its own id is reachable", async () => {
  await using peer = await startOrigin((_, response) => void response.end(ID));
  const dialBack = httpDialBack(systemClock);
  const there = { id: ID, host: "127.0.0.1", port: peer.port };
  assertEquals(await dialBack(there, signal), true);
  assertEquals(peer.requests, ["GET /alluvium/hello"]);
  assertEquals(
    await dialBack({ ...there, id: "cd".repeat(16) }, signal),
    false,
    "somebody else answers there",
  );
});

Deno.test("nobody, an error, an endless answer and a privileged port are not reachable", async () => {
  await using peer = await startOrigin((request, response) => {
    response.writeHead(request.headers.host?.startsWith("127") ? 404 : 200);
    response.end(ID);
  });
  await using endless = await startOrigin((_, response) => {
    response.write(ID);
    response.write("x".repeat(10_000));
  });
  const dialBack = httpDialBack(systemClock);
  const at = (host: string, port: number) =>
    dialBack({ id: ID, host, port }, signal);
  assertEquals(await at("127.0.0.1", peer.port), false);
  assertEquals(await at("127.0.0.1", endless.port), false);
  assertEquals(await at("127.0.0.1", freePort()), false);
  assertEquals(await at("127.0.0.1", 80), false);
  assertEquals(await at("0.0.0.0", peer.port), false);
  assertEquals(await at("224.0.0.1", peer.port), false);
  assertEquals(peer.requests.length, 1);
});

Deno.test("a peer that does not answer within DIAL_BACK_MS_MAX is not reachable", async () => {
  const clock = new FakeClock();
  const asked = gate();
  await using peer = await startOrigin(() => asked.open());
  const answer = httpDialBack(clock)(
    { id: ID, host: "127.0.0.1", port: peer.port },
    signal,
  );
  await asked.opened;
  await clock.advance(DIAL_BACK_MS_MAX);
  assertEquals(await answer, false);
});

Deno.test("dialling back ends when the client has gone", async () => {
  const asked = gate();
  await using peer = await startOrigin(() => asked.open());
  const gone = new AbortController();
  const answer = httpDialBack(systemClock)(
    { id: ID, host: "127.0.0.1", port: peer.port },
    gone.signal,
  );
  await asked.opened;
  gone.abort();
  assertEquals(await answer, false);
});

Deno.test("no more than GATEWAY_DIAL_BACKS_MAX peers are dialled back at a time", async () => {
  const clock = new FakeClock();
  const [full, more] = [gate(), gate()];
  await using peer = await startOrigin(() => {
    if (peer.requests.length === GATEWAY_DIAL_BACKS_MAX) full.open();
    if (peer.requests.length > GATEWAY_DIAL_BACKS_MAX) more.open();
  });
  const dialBack = httpDialBack(clock);
  const end = new AbortController();
  const all = Array.from(
    { length: GATEWAY_DIAL_BACKS_MAX + 1 },
    () => dialBack({ id: ID, host: "127.0.0.1", port: peer.port }, end.signal),
  );
  await full.opened;
  assertEquals(clock.waiting, GATEWAY_DIAL_BACKS_MAX);
  await clock.advance(DIAL_BACK_MS_MAX);
  await more.opened;
  end.abort();
  assertEquals((await Promise.all(all)).some((reachable) => reachable), false);
});
