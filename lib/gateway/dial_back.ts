/**
 * Asks a client's own port who it is, at the address its socket came from. Only
 * a peer that answers there with the very id it gave is ever told to others:
 * nobody can have somebody else's address handed to a crowd.
 *
 * @module
 */
import * as http from "node:http";
import type { Clock } from "../clock.ts";
import { GATEWAY_DIAL_BACK_MS_MAX, GATEWAY_DIAL_BACKS_MAX } from "../limits.ts";
import { reachOf } from "./address_space.ts";
import { JobQueue } from "./job_queue.ts";

/** Path on a peer's port that answers with its id as text. */
const HELLO_PATH = "/alluvium/hello";

/** Characters of an answer that are read; an id has 32. */
const ANSWER_CHARACTERS_MAX = 64;

/** Says whether a peer is where it says. Never rejects. */
export type DialBack = (
  peer: { id: string; host: string; port: number },
  signal: AbortSignal,
) => Promise<boolean>;

/** A {@linkcode DialBack} over HTTP, so many at a time. */
export function httpDialBack(clock: Clock): DialBack {
  const queue = new JobQueue(GATEWAY_DIAL_BACKS_MAX, Infinity);
  return async (peer, signal) => {
    if (!isDialable(peer)) return false;
    const leaveQueue = await queue.enter();
    try {
      return !signal.aborted && await askId(peer, signal, clock) === peer.id;
    } catch {
      return false; // No answer is an answer here: it cannot be reached.
    } finally {
      leaveQueue();
    }
  };
}

/** Ports below 1024 belong to other services, which are nobody's to be knocked at. */
function isDialable({ host, port }: { host: string; port: number }): boolean {
  return port >= 1024 && reachOf(host) !== "nowhere";
}

function askId(
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
  clock: Clock,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = http.request({
    host,
    port,
    path: HELLO_PATH,
    headers: { connection: "close", accept: "text/plain" },
    agent: false,
  });
  const end = () => request.destroy(new Error("no answer in time"));
  const cancel = clock.timer(GATEWAY_DIAL_BACK_MS_MAX, end);
  signal.addEventListener("abort", end, { once: true });
  let text = "";
  request.on("response", (message) => {
    message.setEncoding("latin1");
    message.on("data", (part: string) => {
      text += part;
      if (text.length > ANSWER_CHARACTERS_MAX) request.destroy();
    });
    message.on("end", () => resolve(message.statusCode === 200 ? text : ""));
    message.on("error", reject);
    message.on("close", () => reject(new Error("the connection broke off")));
  });
  request.on("error", reject);
  request.end();
  return promise.finally(() => {
    cancel();
    signal.removeEventListener("abort", end);
    request.destroy();
  });
}
