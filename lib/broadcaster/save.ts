/**
 * Files that are whole at any moment: written beside their place and then moved
 * into it, so that a web server never hands out half a playlist; and not touched
 * at all where nothing changed, so that its validators stay.
 *
 * @module
 */
import { AlluviumError, toAlluviumError } from "../errors.ts";

/**
 * Writes a file unless it holds just these bytes already.
 *
 * @returns whether it was written
 * @throws AlluviumError `storage` if it cannot be
 */
export async function saveIfChanged(
  path: string,
  bytes: Uint8Array,
): Promise<boolean> {
  if (await holds(path, bytes)) return false;
  await save(path, bytes);
  return true;
}

/**
 * Writes a file in one move.
 *
 * @throws AlluviumError `storage` if it cannot be
 */
export async function save(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.${Deno.pid}.part`;
  try {
    {
      using file = await Deno.open(draft, {
        write: true,
        create: true,
        truncate: true,
      });
      for (let at = 0; at < bytes.length;) {
        at += await file.write(bytes.subarray(at));
      }
      // Else a crash may leave the new name with nothing in it.
      await file.sync();
    }
    await Deno.rename(draft, path);
  } catch (cause) {
    await Deno.remove(draft).catch(() => {}); // It may not even exist.
    throw new AlluviumError(
      "storage",
      `Cannot write the file: ${toAlluviumError(cause).message}`,
      { file: path, cause },
    );
  }
}

async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.size !== bytes.length) return false;
  const old = await Deno.readFile(path).catch(() => new Uint8Array());
  return old.length === bytes.length &&
    old.every((byte, i) => byte === bytes[i]);
}
