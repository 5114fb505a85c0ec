/**
 * What always holds of an engine, whatever it was told and in whatever order.
 * Checked after every step of the fuzzing tests and of small simulations.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { chunkOf } from "../../lib/hashtree/geometry.ts";
import {
  LINKS_MAX,
  REQUESTS_PER_LINK_MAX,
  UPLOAD_QUEUE_MAX,
} from "../../lib/limits.ts";
import type { Content } from "../../lib/swarm/content.ts";
import type { SwarmEngine } from "../../lib/swarm/engine.ts";
import type { Link } from "../../lib/swarm/link.ts";

/** An engine that waits for something looks at least as often. */
export const TICK_MS = 250;

/**
 * Checks an engine.
 *
 * @param fetches numbers of the fetches that the shell carries out
 */
export function assertInvariants(
  engine: SwarmEngine,
  fetches: ReadonlySet<number>,
): void {
  const { contents, links } = engine;
  assert(links.length <= LINKS_MAX);
  for (const content of contents) {
    checkNames(engine, content);
    checkRequests(content, links, fetches);
    checkAvailability(content, links);
  }
  for (const link of links) checkLink(contents, link);
}

function checkNames(engine: SwarmEngine, content: Content): void {
  assert(content.keys.has(content.key));
  for (const key of content.keys) assertEquals(engine.content(key), content);
}

/** A run is owed by one source, of those there are, and by none once all of it is held. */
function checkRequests(
  content: Content,
  links: readonly Link[],
  fetches: ReadonlySet<number>,
): void {
  const numbers = new Set(links.map(({ id }) => id));
  for (const [chunk, request] of content.requests) {
    const { from, until, link } = request;
    assertEquals(chunkOf(from, content.chunkLeaves).from, chunk);
    assert(from < until && until <= chunk + content.chunkLeaves);
    assert(until <= content.leaves);
    assert(!content.held.hasAll(from, until), "what is held is not owed");
    const owner = link < 0 ? fetches.has(-link) : numbers.has(link);
    assert(owner, `leaf ${from} is owed by nobody (${link})`);
  }
}

/** Whatever is owed by a peer is looked at again when it is due: no timer is lost. */
export function assertTimers(engine: SwarmEngine, nowMs: number): void {
  const wakeMs = engine.pollTimeout(nowMs);
  for (const { requests } of engine.contents) {
    for (const { from, link, dueMs } of requests.values()) {
      if (link < 0) continue;
      const late = wakeMs - Math.max(nowMs, dueMs);
      assert(late <= TICK_MS, `${from} is waited for without a timer`);
    }
  }
}

/** Availability is the number of links that announced a leaf. */
function checkAvailability(content: Content, links: readonly Link[]): void {
  const counts = new Uint16Array(content.leaves);
  for (const link of links) {
    for (const { from, until } of content.holders.ranges(link)) {
      for (let leaf = from; leaf < until; leaf++) counts[leaf]!++;
    }
  }
  assertEquals(content.availability, counts);
}

/** A link's figures are the sums of what it owes; what it wants of us is bounded and ours to give. */
function checkLink(contents: readonly Content[], link: Link): void {
  for (const urgent of [true, false]) {
    let outstanding = 0;
    let bytes = 0;
    for (const content of contents) {
      for (const request of content.requests.values()) {
        if (request.link !== link.id || request.urgent !== urgent) continue;
        outstanding++;
        bytes += content.bytesOf(request.from, request.until);
      }
    }
    const flow = link.flow(urgent);
    assertEquals(flow.outstanding, outstanding);
    assertEquals(flow.outstandingBytes, bytes);
  }
  assert(link.outstanding <= REQUESTS_PER_LINK_MAX);
  assert(link.uploads.length <= UPLOAD_QUEUE_MAX);
  for (const { content, from, until } of link.uploads) {
    assert(contents.includes(content));
    assert(content.held.hasAll(from, until), "only what is held is promised");
  }
}
