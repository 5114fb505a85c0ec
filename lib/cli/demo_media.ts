/**
 * The media that come with the program: three short pieces of music and a spoken
 * ident, made by `scripts/make_media.ts`, each as MP3 and as Ogg Opus.
 *
 * They lie beside this file and are found by its own address, so they are there
 * from a clone, from a package registry (fetched over https) and in a compiled
 * binary (`--include lib/cli/demo_media`). Nothing is read before it is asked for.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

/** One bundled file. */
export interface DemoMedia {
  /** File name, e.g. `morning_delta.mp3`. */
  name: string;
  /** Media type, e.g. `audio/mpeg`. */
  type: string;
  title: string;
  artist: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Which kind of file is wanted. */
export type DemoFormat = "mp3" | "opus";

const TYPES: Record<DemoFormat, string> = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
};

const BAND = "The Alluvium House Band";

/** In the order they are played; names without extension. */
const PIECES = [
  { name: "station_ident", title: "This Is Alluvium", artist: "Station ident" },
  { name: "morning_delta", title: "Morning Delta", artist: BAND },
  { name: "silt_and_light", title: "Silt and Light", artist: BAND },
  { name: "braided_channels", title: "Braided Channels", artist: BAND },
];

/**
 * Loads the bundled media, in the order they are meant to be played.
 *
 * @param format default "mp3"
 * @throws {AlluviumError} `media-unreachable` naming the file that is not there
 */
export function loadDemoMedia(
  format: DemoFormat = "mp3",
): Promise<DemoMedia[]> {
  return Promise.all(PIECES.map(async ({ name, title, artist }) => {
    const file = `${name}.${format}`;
    const url = new URL(`./demo_media/${file}`, import.meta.url);
    const bytes = await read(url);
    return { name: file, type: TYPES[format], title, artist, bytes };
  }));
}

/** Files by the file system, which a compiled binary overlays; the rest by fetch. */
async function read(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (url.protocol === "file:") return await Deno.readFile(url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`the answer was ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AlluviumError(
      "media-unreachable",
      `Cannot load the bundled media: ${reason}`,
      { url: url.href, cause: error },
    );
  }
}
