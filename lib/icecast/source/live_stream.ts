/**
 * A live source's bytes as a mount's chunks. What a mount needs of every
 * container is the same: places where a listener may start, and what must be sent
 * before them. Pure.
 *
 * @module
 */
import type { MountChunk, TrackInfo } from "../../media/packet.ts";

/** One stream made of sources that come and go. */
export interface LiveStream {
  /** What the newest sound is; undefined for types that are not looked into. */
  readonly info: TrackInfo | undefined;
  /** Bytes since the last packet; 0 for types that are not looked into. */
  readonly garbageBytes: number;
  /** A source begins; what the one before left open is thrown away. */
  begin(): void;
  /**
   * The chunks that are complete with some more bytes.
   *
   * @param bytes kept in part; must not change
   * @param nowMs monotonic; the play time of types that are not looked into
   */
  push(bytes: Uint8Array, nowMs: number): MountChunk[];
  /** The source has ended: what was held back. */
  end(): MountChunk[];
  /**
   * What is on from here, where the container itself carries it (Ogg: a link of
   * its own); nothing elsewhere.
   */
  retitle(title: string): MountChunk[];
  /** At least so much silence, in ms; nothing for types that are not looked into. */
  silence(durationMs: number): MountChunk[];
}

/** A stream that is passed on as it comes; what of it a listener may start with is its heirs' part. */
export abstract class PassedOnStream implements LiveStream {
  /** Not known. */
  readonly info = undefined;

  abstract readonly garbageBytes: number;
  abstract begin(): void;
  abstract push(bytes: Uint8Array, nowMs: number): MountChunk[];

  /** Nothing is held back. */
  end(): MountChunk[] {
    return [];
  }

  /** Its titles are the source's own. */
  retitle(_title: string): MountChunk[] {
    return [];
  }

  /** Nobody knows how silence looks in it. */
  silence(_durationMs: number): MountChunk[] {
    return [];
  }
}
