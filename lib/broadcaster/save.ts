/**
 * Files that are whole at any moment: written beside their place and then moved
 * into it, so that a web server never hands out half a playlist; and not touched
 * at all where nothing changed, so that its validators stay.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { PLAYLIST_BYTES_MAX } from "../limits.ts";
import type { Playlist } from "../playlist/playlist.ts";
import { writePlaylist } from "../playlist/write.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";

/** Drafts begun by this program. */
let drafts = 0;

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
 * A playlist as its file holds it.
 *
 * @param relative whether its addresses are written relative to it
 * @throws AlluviumError `playlist-too-large` where no listener would read it
 */
export function playlistBytes(
  playlist: Playlist,
  relative: boolean,
): Uint8Array {
  const bytes = new TextEncoder().encode(writePlaylist(playlist, { relative }));
  if (bytes.length <= PLAYLIST_BYTES_MAX) return bytes;
  throw new AlluviumError(
    "playlist-too-large",
    `Cannot write the playlist: listeners read at most ${PLAYLIST_BYTES_MAX} bytes, it has ${bytes.length}; lay out fewer days (horizon-days), or longer files`,
  );
}

/**
 * Writes a file in one move.
 *
 * @throws AlluviumError `storage` if it cannot be
 */
export async function save(path: string, bytes: Uint8Array): Promise<void> {
  // Hidden, short, and of this program alone: names may be as long as they can be.
  const draft = join(dirname(path), `.alluvium-${Deno.pid}-${++drafts}.part`);
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
