/**
 * Ids of the elements that are looked at (RFC 9559, section 5).
 *
 * @module
 */

/** By our names. */
export const IDS = {
  document: 0x1a45dfa3,
  segment: 0x18538067,
  seekHead: 0x114d9b74,
  seek: 0x4dbb,
  seekId: 0x53ab,
  seekPosition: 0x53ac,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  title: 0x7ba9,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  defaultDuration: 0x23e383,
  sound: 0xe1,
  sampleRate: 0xb5,
  channels: 0x9f,
  picture: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  encodings: 0x6d80,
  encoding: 0x6240,
  encryption: 0x5035,
  compression: 0x5034,
  compressionKind: 0x4254,
  compressionSettings: 0x4255,
  tags: 0x1254c367,
  tag: 0x7373,
  simpleTag: 0x67c8,
  tagName: 0x45a3,
  tagText: 0x4487,
  cues: 0x1c53bb6b,
  cuePoint: 0xbb,
  cueTime: 0xb3,
  cuePlaces: 0xb7,
  cueCluster: 0xf1,
  cueRelative: 0xf0,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
  blockDuration: 0x9b,
  referenceBlock: 0xfb,
  discardPadding: 0x75a2,
} as const;

/** Elements whose contents are read on as if they stood beside them. */
export const ENTERED: ReadonlySet<number> = new Set([
  IDS.segment,
  IDS.cluster,
]);

/**
 * Elements that are passed over where blocks are read: Void, CRC-32, and what of
 * a segment or a cluster has no sound or picture in it.
 */
export const PASSED_OVER: ReadonlySet<number> = new Set([
  ...[0xec, 0xbf, IDS.document, IDS.seekHead, IDS.info, IDS.tracks, IDS.cues],
  ...[IDS.tags, 0x1941a469, 0x1043a770],
  // PrevSize, Position, SilentTracks and EncryptedBlock of a cluster.
  ...[0xab, 0xa7, 0x5854, 0xaf],
]);
