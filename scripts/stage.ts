/**
 * A copy of the package as it is published, in a temporary folder. `deno
 * publish --dry-run` takes no import map, so where JSR is out of reach the
 * copy's `deno.json` carries the npm imports, and the stand-ins go with it.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import npmMap from "./npm/import_map.json" with { type: "json" };
import type { PackageSource } from "./import_map.ts";
import { ROOT } from "./paths.ts";

const STAND_INS = "scripts/npm";

/** Copies the package into a new temporary folder; returns its path. */
export async function stage(source: PackageSource): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "alluvium-stage-" });
  for (const name of ["main.ts", "README.md", "LICENSE", "lib"]) {
    await copy(`${ROOT}/${name}`, `${folder}/${name}`);
  }
  await copy(`${ROOT}/${STAND_INS}`, `${folder}/${STAND_INS}`);
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify(source === "npm" ? npmConfig() : config),
  );
  return folder;
}

function npmConfig() {
  const imports = Object.entries(npmMap.imports).map(([name, target]) => [
    name,
    target.replace(/^\.\//, `./${STAND_INS}/`),
  ]);
  return {
    ...config,
    imports: Object.fromEntries(imports),
    publish: { include: [...config.publish.include, `${STAND_INS}/**`] },
  };
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await copy(`${from}/${name}`, `${to}/${name}`);
  }
}
