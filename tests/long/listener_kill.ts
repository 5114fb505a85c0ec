/**
 * A listener killed twenty times while it downloads:
 *
 *     deno task long listener_kill            twenty kills
 *     deno task long listener_kill KILLS SEED
 *
 * @module
 */
import { killListeners } from "../peer/crash.ts";
import { seeded } from "../simulation/chance.ts";

const [kills = "20", seed = "1"] = Deno.args;
const { midway, kept } = await killListeners(
  Number(kills),
  seeded(Number(seed)),
);
console.log(
  `seed ${seed}: ${kills} kills, ${midway} during downloads; ` +
    `${kept} leaves lay on disk after them, and none was fetched again`,
);
