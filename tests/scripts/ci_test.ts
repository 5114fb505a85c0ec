/**
 * A bare machine gets every program that a test asks for.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/paths.ts";

/** Programs that come with another one's package. */
const COMES_WITH: Readonly<Record<string, string>> = { ffprobe: "ffmpeg" };

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts")) yield Deno.readTextFileSync(path);
  }
}

Deno.test(".ci/run installs every program that a test asks for", () => {
  const asked = new Set<string>();
  for (const text of sources(`${ROOT}/tests`)) {
    for (
      const [, names] of text.matchAll(/\bprograms?\(((?:"[\w-]+",?\s*)+)\)/g)
    ) {
      for (const name of names!.match(/[\w-]+/g)!) asked.add(name);
    }
  }
  const script = Deno.readTextFileSync(`${ROOT}/.ci/run`);
  const missing = [...asked].filter((name) =>
    !script.includes(` ${COMES_WITH[name] ?? name}:`)
  );
  assertEquals(missing, []);
});
