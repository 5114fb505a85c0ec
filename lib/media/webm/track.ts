/**
 * Matroska and WebM files as tracks: the first sound that a mount can carry and,
 * where one can carry both, the first film. Read straight through, cluster by
 * cluster; a start in the middle fetches the index and goes to the block.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { FILM_LOOK_BYTES_MAX } from "../../limits.ts";
import { FilmRow, type FilmTracks } from "../film/film_row.ts";
import { describePictures } from "../film/pictures.ts";
import { canBridge } from "../film/sound_gaps.ts";
import { SilentSound } from "../film/silent_sound.ts";
import { describeSound, type Sound } from "../film/sound.ts";
import type { OpenOptions } from "../open.ts";
import type { Track } from "../packet.ts";
import { begin, packetStream, readBlock } from "../packet_stream.ts";
import { canShareMount } from "../pairing.ts";
import type { RandomAccess } from "../random_access.ts";
import { BlockReader } from "./block_reader.ts";
import { type FileHead, readFileHead } from "./file_head.ts";
import { locateMatroska } from "./locate.ts";
import { MatroskaParser, type TakenTracks, whole } from "./parser.ts";
import type { FileTrack } from "./tracks.ts";

/** Pictures and the sound of the same time stand this near each other, in ms. */
const APART_MS = 200;

/**
 * Opens a file at a time.
 *
 * @param _start not used
 * @throws AlluviumError `media-rejected` when there is no sound we can play
 * @throws whatever the source throws
 */
export async function openMatroska(
  source: RandomAccess,
  _start: unknown,
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const head = await readFileHead(source, signal);
  const found = await findSound(source, head, signal) ?? silenceFor(head);
  if (found === undefined) {
    throw new AlluviumError(
      "media-rejected",
      "Cannot play the file: it is Matroska or WebM without any sound in AAC, MP3, Opus, Vorbis or FLAC",
    );
  }
  const { codec } = found.sound.info;
  const film = head.tracks.find(({ picture }) =>
    picture !== undefined && canShareMount(codec, picture)
  );
  const taken: TakenTracks = {
    sound: found.track,
    ...(film && { film }),
    tickMs: head.tickMs,
  };
  const tracks: FilmTracks = {
    sound: found.sound,
    ...(film && {
      pictures: describePictures(film.picture!, {
        ...film,
        firstKey: new Uint8Array(0),
      }),
    }),
  };
  return await openAt(source, head, taken, tracks, {
    originMs: originOf(found, film) * head.tickMs,
    startMs,
    ...(signal && { signal }),
  });
}

async function openAt(
  source: RandomAccess,
  head: FileHead,
  taken: TakenTracks,
  tracks: FilmTracks,
  options: { originMs: number; startMs: number; signal?: AbortSignal },
): Promise<Track> {
  const { originMs, startMs, signal } = options;
  const durationMs = head.durationMs === undefined
    ? undefined
    : Math.max(0, head.durationMs - originMs);
  const leftOut = taken.film === undefined
    ? head.tracks.find(({ picture }) => picture !== undefined)?.picture
    : undefined;
  const more = {
    ...(leftOut && { leftOut }),
    ...(durationMs !== undefined && {
      durationSamples: Math.round(
        durationMs / 1000 * tracks.sound.info.sampleRate,
      ),
    }),
    ...(head.title !== undefined && { title: head.title }),
    ...(head.creator !== undefined && { creator: head.creator }),
  };
  if (startMs > 0 && durationMs !== undefined && startMs >= durationMs) {
    const { info } = new FilmRow(tracks).describe(0, 0);
    const packets = ReadableStream.from([]);
    return { info: { ...info, ...more }, startMs: durationMs, packets };
  }
  const fromMs = originMs + startMs;
  const place = startMs === 0
    ? { offset: head.clusterStart, clusterTicks: 0 }
    : await locateMatroska(source, head, originMs, fromMs - APART_MS, signal);
  const row = new FilmRow(
    tracks,
    startMs === 0 ? undefined : fromMs,
    originMs,
  );
  const parser = new MatroskaParser(taken, row, place);
  const isKnown = () => startMs === 0 || row.firstMs !== undefined;
  const begun = await begin(source, place.offset, parser, isKnown, signal);
  const { info, startMs: beginMs } = row.describe(startMs, originMs);
  return {
    info: { ...info, ...more },
    startMs: beginMs,
    packets: packetStream(source, begun, parser, signal),
  };
}

/** A track of sound that a mount can carry, and its first time. */
interface FoundSound {
  /** Absent where silence stands for it. */
  track?: FileTrack;
  sound: Sound | SilentSound;
  ticks: number;
  /** When each track of pictures begins, as far as it was seen. */
  films?: ReadonlyMap<number, number>;
}

/** What the file calls its beginning: that of the sound, or of pictures well before it. */
function originOf(
  { sound, ticks, films }: FoundSound,
  film: FileTrack | undefined,
): number {
  const filmTicks = film && films?.get(film.number);
  if (filmTicks === undefined || filmTicks >= ticks) return ticks;
  return canBridge(sound.info) ? filmTicks : ticks;
}

/** What stands for the sound of a film that has none. */
function silenceFor(head: FileHead): FoundSound | undefined {
  const film = head.tracks.find(({ picture }) => picture !== undefined);
  if (film === undefined || head.hasSound) return undefined;
  return { sound: new SilentSound(film.picture!), ticks: 0 };
}

/** The first track of sound that can be described, by its first frame. */
async function findSound(
  source: RandomAccess,
  head: FileHead,
  signal: AbortSignal | undefined,
): Promise<FoundSound | undefined> {
  const wanted = head.tracks.filter(({ sound }) => sound !== undefined);
  const found = new Map<FileTrack, FoundSound | undefined>();
  const entryOf = (track: number) =>
    wanted.find((x) => x.number === track && !found.has(x));
  const films = new Map<number, number>();
  const blocks = new BlockReader(
    ({ track, ticks }) => {
      if (!films.has(track)) films.set(track, ticks);
      return entryOf(track) !== undefined;
    },
    ({ track, ticks, frames }) => {
      const entry = entryOf(track)!;
      const { sound: codec, description } = entry;
      const first = whole(frames[0]!, entry);
      const sound = describeSound(codec!, { description, first });
      found.set(entry, sound && { track: entry, sound, ticks, films });
    },
  );
  let read = 0;
  for (let at = head.clusterStart; at < source.size;) {
    if (found.size === wanted.length || read > FILM_LOOK_BYTES_MAX) break;
    const chunk = await readBlock(source, at, signal);
    blocks.push(chunk);
    read += chunk.length;
    const skipped = Math.min(blocks.skippable, source.size - at - chunk.length);
    blocks.skip(skipped);
    at += chunk.length + skipped;
  }
  for (const entry of wanted) {
    const sound = found.get(entry);
    if (sound !== undefined) return sound;
  }
  return undefined;
}
