/**
 * Compiles the program for this system, or for the targets named, into `dist/`:
 *
 *     deno task build
 *     deno task build x86_64-pc-windows-msvc aarch64-apple-darwin
 *
 * `deno compile` downloads its base runtime from dl.deno.land. Where that is
 * out of reach this says so, bundles the program into one file instead and
 * proves that the file runs from an empty folder, without network,
 * configuration or packages. Exits 0 only if what was made was seen to run.
 *
 * @module
 */

import { importMapFlags } from "./import_map.ts";
import { captureDeno } from "./capture.ts";
import { ROOT } from "./paths.ts";
import { prove } from "./prove.ts";

const DIST = `${ROOT}/dist`;
/** Files that the program finds beside its own code. */
const ASSETS = "demo_media";

/** How `deno compile` says that it cannot get its base runtime. */
const NO_RUNTIME = /dl\.deno\.land|denort/;

/** Compiles for one target; null where the base runtime is out of reach. */
async function compile(
  flags: readonly string[],
  target?: string,
): Promise<string | null> {
  const suffix = (target ?? Deno.build.target).includes("windows")
    ? ".exe"
    : "";
  const name = target === undefined ? "alluvium" : `alluvium-${target}`;
  const output = `${DIST}/${name}${suffix}`;
  const { code, text } = await captureDeno([
    ...[
      "compile",
      "-q",
      "-P=program",
      "--no-prompt",
      "--deny-import",
      "--app-name",
      "alluvium",
      ...flags,
    ],
    ...["--include", `lib/cli/${ASSETS}`, "--exclude-unused-npm"],
    ...(target === undefined ? [] : ["--target", target]),
    ...["--output", output, "main.ts"],
  ], { cwd: ROOT });
  if (code === 0) return output;
  if (NO_RUNTIME.test(text)) return null;
  throw new Error(`Cannot compile:\n${text}`);
}

/** Bundles the program into one file; returns its path. */
async function bundle(flags: readonly string[]): Promise<string> {
  const output = `${DIST}/alluvium.js`;
  const { code, text } = await captureDeno(
    ["bundle", "-q", ...flags, "--output", output, "main.ts"],
    { cwd: ROOT },
  );
  if (code !== 0) throw new Error(`Cannot bundle:\n${text}`);
  await Deno.mkdir(`${DIST}/${ASSETS}`, { recursive: true });
  for await (const { name } of Deno.readDir(`${ROOT}/lib/cli/${ASSETS}`)) {
    await Deno.copyFile(
      `${ROOT}/lib/cli/${ASSETS}/${name}`,
      `${DIST}/${ASSETS}/${name}`,
    );
  }
  return output;
}

async function main(targets: string[]): Promise<void> {
  await Deno.mkdir(DIST, { recursive: true });
  const flags = await importMapFlags();
  for (const target of targets) {
    const output = await compile(flags, target);
    if (output === null) throw new Error(`Cannot get the runtime of ${target}`);
    console.log(`Compiled ${output}, for another machine to try`);
  }
  if (targets.length > 0) return;
  const output = await compile(flags);
  if (output !== null) return await report(output, [output]);
  console.log("Not compiled: the base runtime of deno compile is out of reach");
  const file = await bundle(flags);
  await report(file, [
    ...[Deno.execPath(), "run", "-q", "--no-config", "--no-remote", "--no-npm"],
    ...["--no-prompt", "--allow-read", "--allow-write=.", "--allow-env", file],
  ]);
}

async function report(output: string, command: string[]): Promise<void> {
  const { size } = await Deno.stat(output);
  const proofs = await prove(command);
  const mebibytes = (size / 2 ** 20).toFixed(1);
  console.log(`Made ${output}, ${mebibytes} MiB`);
  console.log(`It runs from an empty folder: ${proofs.join(", ")}`);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
