/**
 * Finds a router that speaks NAT-PMP. It would be the default gateway (RFC 6886,
 * 3), but which one that is a program learns only with all permissions or by
 * running another program. Routers have the first address of their network, or
 * the last: both are asked for the outside address, which changes nothing, and
 * whichever answers is it.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import { createSocket } from "node:dgram";
import type { Clock } from "../clock.ts";
import { ROUTERS_ASKED_MAX } from "../limits.ts";

/** Where routers listen: RFC 6886, 1.1. */
const PMP_PORT = 5351;

/** The question: version 0, opcode 0. Its answer has 128 more. */
const QUESTION = new Uint8Array([0, 0]);
const ANSWER_OPCODE = 128;

/** Asked again after these, each twice the one before; then there is none. */
const AGAIN_MS = [250, 500];
const GIVE_UP_MS = 1_000;

/** An address of this machine and the network it is in. */
export type OwnAddress = Pick<
  Deno.NetworkInterfaceInfo,
  "family" | "address" | "cidr"
>;

/** Where the routers of this machine's networks are likely to be, `ROUTERS_ASKED_MAX` at most. */
export function likelyRouters(own: readonly OwnAddress[]): string[] {
  const ours = new Set(own.map(({ address }) => address));
  const likely = new Set<string>();
  for (const { family, address, cidr } of own) {
    if (family !== "IPv4" || !ipaddr.IPv4.isValid(address)) continue;
    if (ipaddr.IPv4.parse(address).range() !== "private") continue;
    for (const host of endsOf(cidr)) if (!ours.has(host)) likely.add(host);
  }
  return [...likely].slice(0, ROUTERS_ASKED_MAX);
}

/** The first and the last address of a network; none of one that has no more than two. */
function endsOf(cidr: string): string[] {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return [];
  const [, bits] = ipaddr.IPv4.parseCIDR(cidr);
  if (bits > 30) return [];
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray();
  const last = ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toByteArray();
  first[3]!++;
  last[3]!--;
  return [first.join("."), last.join(".")];
}

/**
 * Asks whether one of several hosts is a router that speaks NAT-PMP.
 *
 * @returns the first that answers within a second. Never rejects.
 */
export function findPmpRouter(
  hosts: readonly string[],
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<string | undefined> {
  if (hosts.length === 0 || signal.aborted) return Promise.resolve(undefined);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = createSocket("udp4");
  const none = () => resolve(undefined);
  const ask = () => {
    // A network that is not there is an answer, too: silence.
    for (const host of hosts) socket.send(QUESTION, PMP_PORT, host, () => {});
  };
  const cancels = [
    ...AGAIN_MS.map((ms) => clock.timer(ms, ask)),
    clock.timer(GIVE_UP_MS, none),
  ];
  socket.on("error", none);
  socket.on("message", (answer: Uint8Array, { address }) => {
    const isOne = answer[0] === 0 && answer[1] === ANSWER_OPCODE;
    if (isOne && hosts.includes(address)) resolve(address);
  });
  signal.addEventListener("abort", none, { once: true });
  socket.bind(0, ask);
  return promise.finally(() => {
    for (const cancel of cancels) cancel();
    signal.removeEventListener("abort", none);
    return new Promise<void>((closed) => socket.close(() => closed()));
  });
}
