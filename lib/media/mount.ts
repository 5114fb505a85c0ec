/**
 * Which writer makes which mount: one table from codec to container. A new
 * container is a new row here and a new `MountWriter` beside the others.
 *
 * @module
 */
import { Mp3MountWriter } from "./mp3_mount.ts";
import type { MountWriter } from "./mount_writer.ts";
import type { Codec } from "./packet.ts";

/** A fresh endless stream for items of `codec`. */
export function createMountWriter(codec: Codec): MountWriter {
  if (codec === "mp3") return new Mp3MountWriter();
  throw new RangeError(`Cannot make a mount for "${codec}" yet`);
}
