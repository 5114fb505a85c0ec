/**
 * Peers that are named to everyone as places of a whole file: those that asked
 * for it, answer at their address, and have shown that they hold it. Whoever
 * only says so could have people sent to whatever lies on its port, in this
 * gateway's name; so one leaf, chosen by chance, is fetched from it first.
 *
 * A peer is asked once it says that it holds the file, and again, now and then,
 * when somebody wants to know; it is named once it has answered.
 *
 * @module
 */
import * as http from "node:http";
import type { Clock } from "../clock.ts";
import {
  formatContentUrn,
  hashLeaf,
  LEAF_BYTES,
  sameHash,
} from "../hashtree/mod.ts";
import {
  DIAL_BACK_MS_MAX,
  GATEWAY_MIRROR_CHECKS_MAX,
  GATEWAY_MIRROR_RETRY_MS,
  GATEWAY_MIRRORS_MAX,
  GATEWAY_PEERS_PER_SUBNET,
} from "../limits.ts";
import { inUrl, isDialable } from "../swarm/address_space.ts";
import type { Acquaintance } from "./acquaintance.ts";
import type { GatewayContent } from "./content.ts";
import type { Tracker } from "./tracker.ts";

/** A leaf of a content that a peer is asked for. */
export interface MirrorQuestion {
  /** IP literal, IPv6 without brackets. */
  host: string;
  /** Its peer port. */
  port: number;
  /** Path and query on its port. */
  path: string;
  /** First byte of the leaf. */
  start: number;
  /** Bytes of the leaf. */
  length: number;
  /** The leaf's hash, 32 bytes. */
  hash: Uint8Array;
}

/** Says whether a peer gives the right bytes. Never rejects. */
export type MirrorCheck = (question: MirrorQuestion) => Promise<boolean>;

/** What mirrors are found with. */
export interface MirrorTools {
  tracker: Tracker;
  check: MirrorCheck;
  clock: Clock;
  /** Numbers in [0, 1). */
  random: () => number;
}

/** The public mirrors of all contents. */
export class Mirrors {
  readonly #tools: MirrorTools;
  readonly #proven = new WeakSet<Acquaintance>();
  readonly #askedMs = new WeakMap<Acquaintance, number>();
  #asking = 0;

  /** @param tools what they are found with */
  constructor(tools: MirrorTools) {
    this.#tools = tools;
  }

  /**
   * URLs of a content at public peers, GATEWAY_MIRRORS_MAX at most.
   *
   * @param askedFrom the address of who is to be told
   */
  of(content: GatewayContent, askedFrom: string): string[] {
    const path = pathOf(content);
    const urls: string[] = [];
    const networks = new Map<string, number>();
    for (const one of this.#tools.tracker.mirrors(content.key, askedFrom)) {
      if (urls.length === GATEWAY_MIRRORS_MAX) break;
      if (!this.#proven.has(one)) {
        void this.#prove(one, content);
        continue;
      }
      const { host, port, subnet = host } = one.peer;
      const same = networks.get(subnet) ?? 0;
      if (same === GATEWAY_PEERS_PER_SUBNET) continue;
      networks.set(subnet, same + 1);
      urls.push(`http://${inUrl(host)}:${port}${path}`);
    }
    return urls;
  }

  /** Has those who say that they hold a content show it. */
  look(content: GatewayContent): void {
    for (const one of this.#tools.tracker.mirrors(content.key)) {
      if (!this.#proven.has(one)) void this.#prove(one, content);
    }
  }

  async #prove(one: Acquaintance, content: GatewayContent): Promise<void> {
    const { state } = content;
    const { check, clock, random } = this.#tools;
    const nowMs = clock.monotonic();
    const askedMs = this.#askedMs.get(one) ?? -Infinity;
    const waits = nowMs - askedMs < GATEWAY_MIRROR_RETRY_MS ||
      this.#asking >= GATEWAY_MIRROR_CHECKS_MAX;
    if (waits || state.kind !== "whole") return;
    this.#askedMs.set(one, nowMs);
    this.#asking++;
    const leaf = Math.floor(random() * content.leaves);
    const start = leaf * LEAF_BYTES;
    const { host, port } = one.peer;
    const good = await check({
      ...{ host, port, path: pathOf(content), start },
      length: Math.min(LEAF_BYTES, content.length - start),
      hash: state.tree.node({ level: 0, index: leaf }),
    });
    this.#asking--;
    if (good) this.#proven.add(one);
  }
}

/** A {@linkcode MirrorCheck} over HTTP, of `DIAL_BACK_MS_MAX` at most. */
export function httpMirrorCheck(clock: Clock): MirrorCheck {
  return async (question) => {
    if (!isDialable(question)) return false;
    const bytes = await fetchLeaf(question, clock).catch(() => undefined);
    return bytes !== undefined && sameHash(hashLeaf(bytes), question.hash);
  };
}

function fetchLeaf(
  { host, port, path, start, length }: MirrorQuestion,
  clock: Clock,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const range = `bytes=${start}-${start + length - 1}`;
  const headers = { connection: "close", range };
  const request = http.request({ host, port, path, headers, agent: false });
  const cancel = clock.timer(DIAL_BACK_MS_MAX, () => {
    request.destroy(new Error("no answer in time"));
  });
  const bytes = new Uint8Array(length);
  let at = 0;
  request.on("response", (message) => {
    message.on("data", (part: Uint8Array) => {
      if (at + part.length <= length) bytes.set(part, at);
      else request.destroy();
      at += part.length;
    });
    message.on("end", () => resolve(bytes));
    message.on("error", reject);
    message.on("close", () => reject(new Error("the connection broke off")));
  });
  request.on("error", reject);
  request.end();
  return promise.finally(() => {
    cancel();
    request.destroy();
  });
}

function pathOf({ key, provisional }: GatewayContent): string {
  return `/uri-res/N2R?${formatContentUrn({ key, provisional })}`;
}
