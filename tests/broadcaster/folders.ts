/**
 * Folders of media for the Broadcaster's tests: copies of the pieces that come
 * with the program, so that tags and lengths are those of real files.
 *
 * @module
 */
import { type TempFolder, tempFolder } from "../support/temp.ts";

const DEMO_MEDIA = new URL("../../lib/cli/demo_media/", import.meta.url);

/** A media file that comes with the program. */
export function demoFile(name: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(name, DEMO_MEDIA));
}

/** A folder with an MP3 at the top and an Opus file in a folder of a difficult name. */
export async function mediaFolder(): Promise<TempFolder> {
  const folder = await tempFolder();
  await folder.write("b 10%.mp3", await demoFile("station_ident.mp3"));
  await folder.write("a #1/é?.opus", await demoFile("station_ident.opus"));
  return folder;
}

/** When each file of a folder was last written, by name; folders of it left out. */
export async function times(folder: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    found[name] = (await Deno.stat(`${folder}/${name}`)).mtime!.getTime();
  }
  return found;
}

/** Makes a file look as if it had been written so long ago. */
export async function age(path: string, bySeconds: number): Promise<void> {
  const then = (await Deno.stat(path)).mtime!.getTime() / 1000 - bySeconds;
  await Deno.utime(path, then, then);
}
