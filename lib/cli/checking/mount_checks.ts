/**
 * Which items cannot feed which streams, by what their media are: another codec,
 * sample rate or number of channels is another stream, on which the others are
 * not heard. Warnings. Pure.
 *
 * @module
 */
import type { TrackInfo } from "../../media/packet.ts";
import type { Item } from "../../playlist/playlist.ts";
import type { ProblemList } from "../../playlist/problems.ts";
import type { TrackFacts } from "./track_facts.ts";

/** An item and what its file is. */
export interface JudgedItem {
  item: Item;
  facts: TrackFacts;
}

/** Names for people; others in capitals. */
const NAMES: Readonly<Record<string, string>> = {
  opus: "Opus",
  vorbis: "Vorbis",
  h264: "H.264",
};

/** Groups that are told of. */
const GROUPS_TOLD_MAX = 8;

/**
 * Judges whether all files can be heard on one stream.
 *
 * @param judged items with their facts, each file once, in the programme's order
 * @param filler the station's filler, where it has one that could be read
 */
export function checkMounts(
  judged: readonly JudgedItem[],
  filler: JudgedItem | undefined,
  problems: ProblemList,
): void {
  const groups = Map.groupBy(
    judged.filter(({ facts }) => facts.info !== undefined),
    ({ facts }) => soundOf(facts.info!),
  );
  const [usual, ...others] = [...groups]
    .sort(([, a], [, b]) => b.length - a.length);
  if (usual === undefined) return;
  for (const [name, items] of others.slice(0, GROUPS_TOLD_MAX)) {
    const plural = items.length > 1;
    problems.warning(
      "mixed-codecs",
      `${items.length} ${plural ? "files are" : "file is"} ${name}, ${
        usual[1].length
      } ${usual[1].length > 1 ? "are" : "is"} ${
        usual[0]
      }: each is a stream of its own, on which the others are not heard; make them one`,
      placeOf(items[0]!.item),
    );
  }
  const its = filler?.facts.info && soundOf(filler.facts.info);
  if (its !== undefined && its !== usual[0]) {
    problems.warning(
      "filler-does-not-fit",
      `The filler is ${its}, most items are ${
        usual[0]
      }: it is not heard on their stream; make it the same`,
      placeOf(filler!.item),
    );
  }
}

/** Judges one file: whether it can be played, and all of it. */
export function checkTrack(
  { item, facts }: JudgedItem,
  problems: ProblemList,
): void {
  const { trouble, info } = facts;
  if (trouble !== undefined) {
    problems.warning(
      "media-not-playable",
      `${item.url} cannot be played by listeners: ${trouble}`,
      placeOf(item),
    );
  }
  if (info?.leftOut !== undefined) {
    problems.warning(
      "pictures-not-shown",
      `${item.url} is heard and not seen: no stream carries ${
        named(info.leftOut)
      } with ${
        named(info.codec)
      }; H.264 and HEVC go with AAC, MP3, Opus or FLAC, VP9 and AV1 with AAC, Opus, Vorbis or FLAC, VP8 with Opus or Vorbis`,
      placeOf(item),
    );
  }
}

/** All that must be the same on one stream, for people. */
function soundOf({ codec, sampleRate, channels, video }: TrackInfo): string {
  const film = video === undefined ? "" : `${named(video.codec)} with `;
  const many = channels === 1
    ? "mono"
    : channels === 2
    ? "stereo"
    : `${channels} channels`;
  return `${film}${named(codec)} at ${sampleRate / 1000} kHz in ${many}`;
}

function named(codec: string): string {
  return NAMES[codec] ?? codec.toUpperCase();
}

function placeOf({ line }: Item): { line: number } {
  return { line: line ?? 1 };
}
