/**
 * Which writer makes which mount: one table from codec to container. A new
 * container is a new row here and a new `MountWriter` beside the others.
 *
 * @module
 */
import type { MountWriter } from "./mount_writer.ts";
import { Mp3MountWriter } from "./mp3_mount.ts";
import { OggMountWriter } from "./ogg_mount.ts";
import type { Codec } from "./packet.ts";

const MOUNTS: Record<Codec, () => MountWriter> = {
  mp3: () => new Mp3MountWriter(),
  opus: () => new OggMountWriter("opus"),
  vorbis: () => new OggMountWriter("vorbis"),
  flac: () => new OggMountWriter("flac"),
};

/** A fresh endless stream for items of `codec`. */
export function createMountWriter(codec: Codec): MountWriter {
  return MOUNTS[codec]();
}
