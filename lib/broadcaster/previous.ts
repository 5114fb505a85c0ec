/**
 * What the last run found out: the playlist that is there. Only its items'
 * facts are used, and only where length and root say the file is the same.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { parsePlaylist } from "../playlist/parse.ts";
import type { Item } from "../playlist/playlist.ts";

/**
 * The items of the playlist that is there, by their addresses; none where there
 * is no playlist, or none that can be read.
 *
 * @param file its path
 * @param url its address
 */
export async function previousItems(
  file: string,
  url: string,
): Promise<Map<string, Item>> {
  const known = new Map<string, Item>();
  try {
    const { readable } = await Deno.open(file);
    const { items } = await parsePlaylist(readable, url);
    for (const item of items) known.set(item.url, item);
  } catch (error) {
    const fine = error instanceof AlluviumError ||
      error instanceof Deno.errors.NotFound;
    if (!fine) throw error;
  }
  return known;
}
