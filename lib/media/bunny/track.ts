/**
 * MP4 files as tracks: the first sound that a mount can carry and, where one can carry both, the first film, merged in the order
 * of decoding.
 *
 * A start in the middle begins with the sound of that time and the pictures from
 * the next key picture on, so that nothing is fetched that is not played.
 *
 * @module
 */
import type { InputTrack } from "mediabunny";
import { AlluviumError } from "../../errors.ts";
import type { OpenOptions } from "../open.ts";
import type { Packet, Track, TrackInfo, VideoCodec } from "../packet.ts";
import type { RandomAccess } from "../random_access.ts";
import { canShareMount } from "../pairing.ts";
import { PictureReader } from "./picture_reader.ts";
import { BunnyFile } from "./input.ts";
import { Merger } from "./merger.ts";
import { pictureCodec } from "./names.ts";
import { SilentReader, type SoundSource } from "./silent_reader.ts";
import { SoundGaps } from "../film/sound_gaps.ts";
import { type FilmSpan, SoundReader } from "./sound_reader.ts";

/**
 * Opens a file at a time.
 *
 * @param _start not used
 * @throws AlluviumError `media-rejected` when there is no sound we can play
 * @throws whatever the source throws
 */
export async function openBunny(
  source: RandomAccess,
  _start: unknown,
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const abort = new AbortController();
  const either = signal === undefined
    ? abort.signal
    : AbortSignal.any([signal, abort.signal]);
  const file = await BunnyFile.open(source, either);
  try {
    return await openFile(file, startMs, abort);
  } catch (error) {
    file.close();
    throw error;
  }
}

async function openFile(
  file: BunnyFile,
  startMs: number,
  abort: AbortController,
): Promise<Track> {
  const tracks = await file.ask(() => file.input.getTracks());
  const sound =
    await openSound(file, tracks, startMs, await filmSpan(file, tracks)) ??
      await SilentReader.open(file, tracks, startMs);
  if (sound === undefined) {
    const kind = await file.ask(() => file.input.getFormat());
    throw new AlluviumError(
      "media-rejected",
      `Cannot play the file: it is ${kind.name} without any sound in AAC, MP3, Opus, Vorbis or FLAC`,
    );
  }
  const film = await openFilm(file, tracks, sound, startMs);
  const info: TrackInfo = {
    ...sound.info,
    ...await titlesOf(file),
    ...(film ? { video: film.info } : await leftOutOf(file, tracks)),
  };
  const watched = film && sound instanceof SilentReader
    ? sound.watch(film)
    : film;
  return {
    info,
    startMs: sound.startMs,
    packets: packetsOf(
      file,
      new Merger(sound, watched, startMs > 0, gapsOf(sound, film)),
      abort,
    ),
  };
}

/** Holes of the sound are filled where there are pictures to see meanwhile. */
function gapsOf(
  sound: SoundSource,
  film: PictureReader | undefined,
): SoundGaps | undefined {
  if (film === undefined || sound instanceof SilentReader) return undefined;
  const gaps = new SoundGaps(sound.info);
  gaps.passed(sound.originMs + sound.startMs);
  return gaps;
}

/** When the first film begins and ends that a mount may carry. */
async function filmSpan(
  file: BunnyFile,
  tracks: InputTrack[],
): Promise<FilmSpan | undefined> {
  const film = tracks.find((track) => track.isVideoTrack());
  if (!film?.isVideoTrack()) return undefined;
  return await file.ask(async () => {
    if (pictureCodec(await film.getCodec()) === undefined) return undefined;
    const end = await film.getDurationFromMetadata();
    return {
      fromMs: Math.max(0, await film.getFirstTimestamp()) * 1000,
      toMs: end === null ? null : end * 1000,
    };
  });
}

async function openSound(
  file: BunnyFile,
  tracks: InputTrack[],
  startMs: number,
  film: FilmSpan | undefined,
): Promise<SoundReader | undefined> {
  for (const track of tracks) {
    if (!track.isAudioTrack()) continue;
    const reader = await SoundReader.open(file, track, startMs, film);
    if (reader !== undefined) return reader;
  }
  return undefined;
}

async function openFilm(
  file: BunnyFile,
  tracks: InputTrack[],
  sound: SoundSource,
  startMs: number,
): Promise<PictureReader | undefined> {
  for (const track of tracks) {
    if (!track.isVideoTrack()) continue;
    const codec = pictureCodec(await file.ask(() => track.getCodec()));
    if (codec === undefined || !canShareMount(sound.info.codec, codec)) {
      continue;
    }
    const fromMs = startMs === 0 ? undefined : sound.originMs + startMs;
    const reader = await PictureReader.open(file, track, codec, fromMs);
    if (reader !== undefined) return reader;
  }
  return undefined;
}

async function leftOutOf(
  file: BunnyFile,
  tracks: InputTrack[],
): Promise<{ leftOut?: VideoCodec }> {
  const track = tracks.find((one) => one.isVideoTrack());
  if (!track?.isVideoTrack()) return {};
  const leftOut = pictureCodec(await file.ask(() => track.getCodec()));
  return leftOut === undefined ? {} : { leftOut };
}

async function titlesOf(
  file: BunnyFile,
): Promise<{ title?: string; creator?: string }> {
  const { title, artist } = await file.ask(() => file.input.getMetadataTags());
  return {
    ...(title !== undefined && { title }),
    ...(artist !== undefined && { creator: artist }),
  };
}

/** The merged packets, read as they are asked for. */
function packetsOf(
  file: BunnyFile,
  merger: Merger,
  abort: AbortController,
): ReadableStream<Packet> {
  return new ReadableStream<Packet>({
    async pull(controller) {
      try {
        const packet = await merger.next();
        if (packet !== undefined) return controller.enqueue(packet);
        controller.close();
        file.close();
      } catch (error) {
        file.close();
        throw error;
      }
    },
    cancel(reason) {
      abort.abort(reason);
      file.close();
    },
  }, { highWaterMark: 0 });
}
