import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import hash from "../../lib/cli/hash.ts";
import { hashFile, writeSidecar } from "../../lib/cli/hash_file.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { readSidecar, toHex } from "../../lib/hashtree/mod.ts";
import { silentLog } from "../../lib/log.ts";

/** 196609 zero bytes: a BEP 52 vector of facts/playlist-and-ocn.md 3.2. */
const LENGTH = 196609;
const ROOT = "d95010d6feab9b7dc274d00f2ee31719af99b71ac5d088e0912282d77ba7ad96";

async function inFolder(
  run: (folder: string, file: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/zeros.mp3`;
    await Deno.writeFile(file, new Uint8Array(LENGTH));
    await run(folder, file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runHash(
  operands: string[],
  options: { tree?: boolean; json?: boolean; signal?: AbortSignal } = {},
) {
  const lines: string[] = [];
  const documents: unknown[] = [];
  await hash.run({
    options: { tree: options.tree ?? false },
    operands,
    clock: systemClock,
    random: () => 0,
    log: silentLog,
    json: options.json ?? false,
    out: (line) => lines.push(line),
    emit: (document) => documents.push(document),
    signal: options.signal ?? new AbortController().signal,
    progress: { bar() {}, status() {}, clear() {} },
    env: () => undefined,
  });
  return { lines, documents };
}

Deno.test("hash prints id, length and name of each file", () =>
  inFolder(async (_, file) => {
    const { lines } = await runHash([file, file]);
    const line = `urn:tree:sha256:${ROOT} ${LENGTH} ${file}`;
    assertEquals(lines, [line, line]);
  }));

Deno.test("hash --tree writes a sidecar that proves the root, and leaves no draft behind", () =>
  inFolder(async (folder, file) => {
    await runHash([file], { tree: true });
    const bytes = await Deno.readFile(`${file}.tree`);
    assertEquals(toHex(readSidecar(bytes, LENGTH).root), ROOT);
    const names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    assertEquals(names.sort(), ["zeros.mp3", "zeros.mp3.tree"]);
  }));

Deno.test("hash --json gives one document a file", () =>
  inFolder(async (_, file) => {
    const { documents } = await runHash([file], { json: true, tree: true });
    assertEquals(documents, [{
      file,
      id: `urn:tree:sha256:${ROOT}`,
      root: ROOT,
      length: LENGTH,
      tree: `${file}.tree`,
    }]);
  }));

Deno.test("hash says which file it cannot read", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/empty`, new Uint8Array());
    const cases: [string, string][] = [
      [`${folder}/none.mp3`, "not-found"],
      [`${folder}/empty`, "media-rejected"],
      [folder, "media-rejected"],
    ];
    for (const [file, code] of cases) {
      const error = await assertRejects(() => runHash([file]), AlluviumError);
      assertEquals([error.code, error.place.file], [code, file]);
    }
  }));

Deno.test("hash stops when it is interrupted", () =>
  inFolder(async (_, file) => {
    const end = new AbortController();
    end.abort(new DOMException("over", "AbortError"));
    const error = await assertRejects(() =>
      runHash([file], { signal: end.signal })
    );
    assertEquals(error, end.signal.reason);
  }));

Deno.test("writeSidecar() reports where it cannot write", () =>
  inFolder(async (folder, file) => {
    const tree = await hashFile(file);
    const error = await assertRejects(
      () => writeSidecar(`${folder}/no/such.mp3`, tree),
      AlluviumError,
    );
    assertEquals(error.code, "storage");
  }));
