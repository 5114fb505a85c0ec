/**
 * Two gateways on one Redis, 2,000 listeners on each; then one gateway is killed:
 *
 *     deno task long gateway_neighbours            2,000 on each
 *     deno task long gateway_neighbours LISTENERS
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { meetAcross } from "../gateway/two_gateways.ts";

const each = Number(Deno.args[0] ?? 2000);
const { meetMs, moveMs, downloads } = await meetAcross(each);
console.log(
  `${each} listeners on each of two gateways: all know of one on the other ` +
    `side ${Math.round(meetMs)} ms after the last has joined; one gateway ` +
    `killed, all are on the other after ${
      Math.round(moveMs)
    } ms; the file was ` +
    `downloaded ${downloads} time(s)`,
);
assert(meetMs < 2000, `${meetMs} ms`);
assert(moveMs < 10_000, `${moveMs} ms`);
assertEquals(downloads, 1);
