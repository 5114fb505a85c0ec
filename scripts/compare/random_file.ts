/**
 * A file that no disk and no program can make smaller.
 *
 * @module
 */

/** Writes so many MiB of chance. */
export async function randomFile(path: string, mib: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const block = new Uint8Array(1024 * 1024);
  for (let n = 0; n < mib; n++) {
    for (let at = 0; at < block.length; at += 65_536) {
      crypto.getRandomValues(block.subarray(at, at + 65_536));
    }
    for (let at = 0; at < block.length;) {
      at += await file.write(block.subarray(at));
    }
  }
}
