/**
 * Media without decoding: files into packets, packets into endless streams. MP3,
 * AAC, Ogg, FLAC, MP4, WebM, Matroska, MPEG-TS. Pure: bytes come through `RandomAccess`,
 * there is no clock.
 *
 * `openTrack` opens a file at a time, `createMountWriters` make a mount's stream,
 * `measureDuration` tells how long a file plays.
 *
 * @module
 */
export * from "./packet.ts";
export * from "./pairing.ts";
export * from "./random_access.ts";
export * from "./open.ts";
export * from "./duration.ts";
export * from "./mount_writer.ts";
export * from "./mount.ts";
export * from "./splice.ts";
export * from "./single_stream.ts";
