/**
 * Folders that go away with the test.
 *
 * @module
 */

/** A temporary folder; `await using` removes it. */
export interface TempFolder extends AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  /** The path of something in it. */
  file(name: string): string;
  /** Writes a file into it, making the folders on the way; returns its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/** Makes a temporary folder. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "alluvium-test-" });
  const file = (name: string) => `${path}/${name}`;
  return {
    path,
    file,
    async write(name, content) {
      const target = file(name);
      await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), {
        recursive: true,
      });
      const bytes = typeof content === "string"
        ? new TextEncoder().encode(content)
        : content;
      await Deno.writeFile(target, bytes);
      return target;
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}
