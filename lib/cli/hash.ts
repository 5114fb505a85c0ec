/**
 * `alluvium hash`: the content ids of files, and with `--tree` the sidecars that
 * let everyone verify them.
 *
 * @module
 */
import { formatTreeUrn, type LeafLayer, toHex } from "../hashtree/mod.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import { hashFile, writeSidecar } from "./hash_file.ts";

const options = {
  tree: {
    type: "boolean",
    help: "Write FILE.tree beside each file",
  },
} as const;

const command: Command<typeof options> = defineCommand({
  name: "hash",
  summary: "Print the content ids of files, write .tree files",
  usage: "hash FILE... [options]",
  help: {
    about:
      "A content id names a file's bytes: any copy, from anyone, can be checked against it. It is the root of a BitTorrent v2 hash tree and goes into a playlist as dc:identifier, together with the file's length.\n\nWith --tree the leaf hashes are written to FILE.tree, 32 bytes for every 16 KiB. Put it on the web server beside FILE, and nobody has to download the file to learn its hashes.",
    examples: [
      { does: "Print the id of a file", line: "alluvium hash a.mp3" },
      {
        does: "Write the tree beside every file",
        line: "alluvium hash --tree *.mp3",
      },
    ],
  },
  operands: { min: 1, max: Infinity },
  options,
  async run(context) {
    for (const path of context.operands) {
      const tree = await hashFile(path, {
        signal: context.signal,
        onProgress: (done, total) =>
          context.progress.bar(`Hashing ${path}`, done, total),
      });
      context.progress.clear();
      const sidecar = context.options.tree
        ? await writeSidecar(path, tree)
        : undefined;
      report(context, path, tree, sidecar);
    }
  },
});

export default command;

/** A line a file: id, length, name; or the same as JSON. */
function report(
  context: CommandContext<typeof options>,
  file: string,
  tree: LeafLayer,
  sidecar?: string,
): void {
  const id = formatTreeUrn(tree.root);
  if (!context.json) return context.out(`${id} ${tree.length} ${file}`);
  context.emit({
    file,
    id,
    root: toHex(tree.root),
    length: tree.length,
    ...(sidecar === undefined ? {} : { tree: sidecar }),
  });
}
