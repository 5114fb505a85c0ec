/**
 * Which writers make which mounts: one table from codecs to containers. A new
 * container is a new row here and a new `MountWriter` beside the others.
 *
 * @module
 */
import { AdtsMountWriter } from "./adts_mount.ts";
import { CmafMountWriter } from "./cmaf_mount.ts";
import type { MountWriter } from "./mount_writer.ts";
import { Mp3MountWriter } from "./mp3_mount.ts";
import { OggMountWriter } from "./ogg_mount.ts";
import type { Codec } from "./packet.ts";
import { fitsCmaf, fitsTs, fitsWebm, type StreamKind } from "./pairing.ts";
import { TsMountWriter } from "./ts_mount.ts";
import { WebmMountWriter } from "./webm_mount.ts";

const MOUNTS: Record<Codec, () => MountWriter> = {
  mp3: () => new Mp3MountWriter(),
  aac: () => new AdtsMountWriter(),
  opus: () => new OggMountWriter("opus"),
  vorbis: () => new OggMountWriter("vorbis"),
  flac: () => new OggMountWriter("flac"),
};

/** A fresh endless stream of sound for items of `codec`. */
export function createMountWriter(codec: Codec): MountWriter {
  return MOUNTS[codec]();
}

/**
 * Fresh streams in every container that items of a kind can feed, the most
 * natural one first: with pictures one that has them. All are fed the same
 * packets. For HLS there is one of them, MPEG-TS where players know it best.
 */
export function createMountWriters(kind: StreamKind): MountWriter[] {
  const sound = createMountWriter(kind.codec);
  const ts = fitsTs(kind) ? new TsMountWriter(kind) : undefined;
  const films: MountWriter[] = [
    ...(ts ? [ts] : []),
    ...(fitsWebm(kind) ? [new WebmMountWriter(kind)] : []),
    ...(fitsCmaf(kind) && !ts?.hls ? [new CmafMountWriter(kind)] : []),
  ];
  return kind.video === undefined ? [sound, ...films] : [...films, sound];
}
