/**
 * Asks a peer's own port who it is. Only a peer that answers at an address with
 * the very id it gave is ever told to others, by gateways and by peers alike:
 * nobody can have somebody else's address handed to a crowd.
 *
 * @module
 */
import * as http from "node:http";
import type { Clock } from "../clock.ts";
import { DIAL_BACK_MS_MAX } from "../limits.ts";
import { isDialable } from "../swarm/address_space.ts";
import type { PeerAddress } from "../swarm/members.ts";

/** Path on a peer's port that answers with its id as text. */
export const HELLO_PATH = "/alluvium/hello";

/** Characters of an answer that are read; an id has 32. */
const ANSWER_CHARACTERS_MAX = 64;

/**
 * Whether a peer is where it says. Takes `DIAL_BACK_MS_MAX` at most; never
 * rejects: no answer is an answer here.
 *
 * @param peer host is an IP literal, IPv6 without brackets
 * @param signal gives the asking up: false
 */
export async function answersAt(
  peer: PeerAddress,
  signal: AbortSignal,
  clock: Clock,
): Promise<boolean> {
  if (!isDialable(peer) || signal.aborted) return false;
  return await askId(peer, signal, clock).catch(() => "") === peer.id;
}

/**
 * The id that a port answers with, whatever it is.
 *
 * @throws Error when there is no answer, or not in time
 */
export function askId(
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
  const cancel = clock.timer(DIAL_BACK_MS_MAX, end);
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
