/**
 * A gateway killed a hundred times while it hashes and writes:
 *
 *     deno task long gateway_kill            a hundred kills
 *     deno task long gateway_kill KILLS SEED
 *
 * @module
 */
import { killGateways } from "../gateway/crash.ts";
import { seeded } from "../simulation/chance.ts";

const [kills = "100", seed = "1"] = Deno.args;
const figures = await killGateways(Number(kills), seeded(Number(seed)));
console.log(
  `seed ${seed}: ${kills} kills, ${figures.midway} during downloads; ` +
    `${figures.trees} trees and ${figures.files} files compared, ` +
    `${figures.served} given out by the next life`,
);
