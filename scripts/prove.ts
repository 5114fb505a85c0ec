/**
 * Proves that a built program runs by itself: from an empty folder, with no
 * environment but a home that is empty too, and no cache to find packages in.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { capture } from "./capture.ts";
import { COMMANDS } from "../lib/cli/commands.ts";

/** A file of one leaf: its root is its SHA-256. */
const SAMPLE = new TextEncoder().encode(
  "The river lays down what it carries.\n",
);

interface Proof {
  name: string;
  args: string[];
  expected: RegExp;
}

/**
 * Runs the program in several ways; resolves to the names of what was seen.
 *
 * @throws {Error} with the output, if one of them is not as it should be
 */
export async function prove(command: readonly string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "alluvium-proof-" });
  try {
    await Deno.writeFile(`${folder}/sample.mp3`, SAMPLE);
    const names: string[] = [];
    for (const proof of await proofs()) {
      await show(command, proof, folder);
      names.push(proof.name);
    }
    return names;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function proofs(): Promise<Proof[]> {
  const digest = await crypto.subtle.digest("SHA-256", SAMPLE);
  const root = new Uint8Array(digest).toHex();
  const version = config.version.replaceAll(".", "\\.");
  return [
    {
      name: "--version",
      args: ["--version"],
      expected: new RegExp(`^alluvium ${version}\\n$`),
    },
    { name: "--help", args: ["--help"], expected: /\blisten\b[^]*\bdemo\b/ },
    {
      name: "hash",
      args: ["hash", "sample.mp3"],
      expected: new RegExp(`urn:tree:sha256:${root}\\b`),
    },
    // Every command's module, with all it imports, is in there.
    ...Object.keys(COMMANDS).map((name) => ({
      name: `${name} --help`,
      args: [name, "--help"],
      expected: new RegExp(`alluvium ${name}`),
    })),
  ];
}

async function show(
  [program = "", ...before]: readonly string[],
  { name, args, expected }: Proof,
  folder: string,
): Promise<void> {
  const { code, text } = await capture(program, [...before, ...args], {
    cwd: folder,
    env: { HOME: folder, DENO_DIR: `${folder}/deno`, NO_COLOR: "1" },
    clearEnv: true,
  });
  if (code === 0 && expected.test(text)) return;
  throw new Error(`Cannot show ${name}: exit code ${code}:\n${text}`);
}
