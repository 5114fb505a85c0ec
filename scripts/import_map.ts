/**
 * Which import map works here. The program's packages come from JSR, as
 * `deno.json` says; a network that reaches npm but not JSR takes the same names
 * from `scripts/npm/import_map.json`. JSR is probed once a day; the answer is
 * remembered in `.alluvium-map`, which git ignores. The variable
 * `ALLUVIUM_IMPORT_MAP` names a map to use instead of asking; `deno.json` itself
 * stands for JSR.
 *
 * @module
 */

import { fromFileUrl } from "./paths.ts";
import { systemClock } from "../lib/clock.ts";

/** Where the packages come from. */
export type PackageSource = "jsr" | "npm";

/** How long the probe may take; the promise of the README's first five seconds. */
const PROBE_TIMEOUT_MS = 1_500;
/** How long its answer is good: long enough to be free, short enough to heal. */
const MEMORY_AGE_MS = 24 * 60 * 60 * 1000;

const MEMORY_FILE = fromFileUrl("../.alluvium-map", import.meta.url);
const CONFIG = fromFileUrl("../deno.json", import.meta.url);
const NPM_MAP = fromFileUrl("./npm/import_map.json", import.meta.url);
const NPM_LOCK = fromFileUrl("./npm/deno.lock", import.meta.url);

/**
 * Flags for any `deno` subcommand that loads the program's modules.
 *
 * @param override the import map to use, if one was chosen
 */
export async function importMapFlags(
  override: string | undefined = Deno.env.get("ALLUVIUM_IMPORT_MAP"),
): Promise<string[]> {
  if (override) return overrideFlags(override);
  return await packageSource() === "npm" ? npmFlags() : [];
}

/** The flags that take the packages from npm, at the locked versions. */
export function npmFlags(): string[] {
  return ["--import-map", NPM_MAP, `--lock=${NPM_LOCK}`, "--frozen"];
}

/** Where the packages come from on this machine; probes if it must. */
export async function packageSource(): Promise<PackageSource> {
  const remembered = recall();
  if (remembered !== undefined) return remembered;
  const source = await reachesJsr() ? "jsr" : "npm";
  remember(source);
  return source;
}

function overrideFlags(file: string): string[] {
  const folder = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const path = /^([/\\]|[a-z]+:)/i.test(file) ? file : `${folder}/${file}`;
  if (samePath(path, NPM_MAP)) return npmFlags();
  if (samePath(path, CONFIG)) return []; // JSR, without asking
  return ["--import-map", path, "--no-lock"];
}

function samePath(one: string, other: string): boolean {
  try {
    return Deno.realPathSync(one) === Deno.realPathSync(other);
  } catch {
    return false; // deno will say what is wrong with it
  }
}

function recall(): PackageSource | undefined {
  try {
    const { source, atMs } = JSON.parse(Deno.readTextFileSync(MEMORY_FILE));
    const ageMs = systemClock.now() - atMs;
    if (ageMs < 0 || ageMs > MEMORY_AGE_MS) return undefined;
    return source === "jsr" || source === "npm" ? source : undefined;
  } catch {
    return undefined; // never probed, or not readable: probe
  }
}

function remember(source: PackageSource): void {
  try {
    const memory = { source, atMs: systemClock.now() };
    Deno.writeTextFileSync(MEMORY_FILE, JSON.stringify(memory) + "\n");
  } catch {
    // A checkout that cannot be written is probed each time.
  }
}

async function reachesJsr(): Promise<boolean> {
  const registry = Deno.env.get("JSR_URL") ?? "https://jsr.io";
  try {
    const response = await fetch(new URL("/@std/assert/meta.json", registry), {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
