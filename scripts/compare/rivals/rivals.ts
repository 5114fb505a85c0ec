/**
 * Programs of others that move the same file, and where they are: libtorrent is
 * Debian's python3-libtorrent; webtorrent is installed from npm into a folder of
 * the system's temporary files, once, and stays out of our dependencies.
 *
 * @module
 */
import { ROOT } from "../../paths.ts";
import { run } from "../../../tests/support/processes.ts";

/** The versions compared with. webtorrent wants a node-datachannel with binaries. */
const PACKAGE = {
  private: true,
  dependencies: { webtorrent: "3.0.21" },
  overrides: { "node-datachannel": "0.33.4" },
};

const HERE = `${ROOT}/scripts/compare/rivals`;

const FOLDER = "/tmp/alluvium-compare-webtorrent";

/** The words that run libtorrent_peer.py. Debian's own Python, whichever else is first in the path. */
export const LIBTORRENT: readonly string[] = [
  "/usr/bin/python3",
  `${HERE}/libtorrent_peer.py`,
];

/** Whether python3-libtorrent is installed. */
export async function hasLibtorrent(): Promise<boolean> {
  const found = await run(LIBTORRENT[0]!, ["-c", "import libtorrent"])
    .catch(() => ({ code: 1 }));
  return found.code === 0;
}

/**
 * Installs webtorrent if it is not there; the words that run webtorrent_peer.ts.
 * On Deno, which is faster at it than Node 20.
 */
export async function webtorrent(): Promise<string[]> {
  const library = `${FOLDER}/node_modules/webtorrent`;
  const there = await Deno.stat(library).catch(() => undefined);
  if (there === undefined) await install();
  const name = "webtorrent_peer.ts";
  await Deno.copyFile(`${HERE}/${name}`, `${FOLDER}/${name}`);
  return [
    ...[Deno.execPath(), "run", "-A", "-q", "--no-lock"],
    `${FOLDER}/${name}`,
  ];
}

async function install(): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(`${FOLDER}/package.json`, JSON.stringify(PACKAGE));
  const flags = ["--ignore-scripts", "--no-fund", "--no-audit"];
  const { code, stderr } = await run("npm", ["install", ...flags], {
    cwd: FOLDER,
    timeoutMs: 300_000,
  });
  if (code !== 0) throw new Error(`Cannot install webtorrent:\n${stderr}`);
}
