/**
 * What a gateway remembers across restarts: which URL is which content, the
 * leaf layer of each content, and which files it keeps. One interface for every
 * kind of store; one conformance suite (`tests/gateway/store_suite.ts`) that each
 * passes. Nothing here is ever unproven: a layer is stored under the root it
 * gives, and only by the gateway that saw to that.
 *
 * @module
 */

/** A URL as it was when its origin was last asked. */
export interface StoredResource {
  /** Absolute, without fragment. */
  url: string;
  /** 64 hex digits; its content is stored too. */
  root: string;
  /** Media type, as the origin says. */
  type?: string;
  /** The origin's entity tag. */
  etag?: string;
  /** The origin's `Last-Modified`. */
  lastModified?: string;
  /** When the origin last said so, in ms since the epoch. */
  checkedMs: number;
}

/** A content: length, tree, flat hash. */
export interface StoredContent {
  /** 64 hex digits. */
  root: string;
  /** Bytes. */
  length: number;
  /** The leaf layer, 32 bytes a leaf. */
  layer: Uint8Array;
  /** Flat SHA-256 of all bytes, 64 hex digits; absent where only the tree was ever seen. */
  sha256?: string;
}

/** A file in the gateway's folder. */
export interface KeptFile {
  /** 64 hex digits. */
  root: string;
  /** Bytes. */
  length: number;
  /** When it was last asked for, in ms since the epoch. */
  usedMs: number;
}

/**
 * A store. Methods reject with AlluviumError `storage` when the store itself
 * fails; what is not there is undefined. What a method has resolved survives a
 * crash of the program.
 */
export interface GatewayStore {
  /** Writes that wait for a store that is away. @default {0} */
  readonly unsaved?: number;
  /** What is known of a URL. */
  resource(url: string): Promise<StoredResource | undefined>;
  /** Remembers a URL; its content must be stored before. */
  putResource(resource: StoredResource): Promise<void>;
  /** The URLs that had this content when last asked, latest first, `max` at most. */
  urlsOf(root: string, max: number): Promise<string[]>;
  /** What is known of a content. */
  content(root: string): Promise<StoredContent | undefined>;
  /** Remembers a content; a flat hash that is known already is kept. */
  putContent(content: StoredContent): Promise<void>;
  /** All kept files, least recently used first. */
  keptFiles(): Promise<KeptFile[]>;
  /** Remembers or freshens a kept file; its content must be stored before. */
  putKept(root: string, usedMs: number): Promise<void>;
  /** Forgets a kept file; harmless where there is none. */
  removeKept(root: string): Promise<void>;
  /**
   * Forgets the URLs asked longest ago beyond `resourcesMax`, or whose contents'
   * layers go beyond `layerBytesMax`, and contents nothing refers to.
   */
  trim(resourcesMax: number, layerBytesMax: number): Promise<void>;
  /** Ends it; nothing may be called after. */
  close(): Promise<void>;
}
