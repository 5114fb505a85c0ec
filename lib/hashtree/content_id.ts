/**
 * Names of contents as text: `urn:tree:sha256:` and 64 hex digits for a root,
 * `urn:alluvium:provisional:` and 64 hex digits for what a gateway named before
 * the root was known. Written in lower case; read in any case, as URNs demand
 * (RFC 2169: lexically equivalent URNs give identical results). A root names a
 * content only together with the length, which no URN carries.
 *
 * @module
 */
import { HASH_BYTES } from "./geometry.ts";

/** What stands before the hex digits of a root. */
export const TREE_URN_PREFIX = "urn:tree:sha256:";

/** What stands before the hex digits of a provisional id. */
export const PROVISIONAL_URN_PREFIX = "urn:alluvium:provisional:";

/** A content as a URN names it: 64 lower-case hex digits, and which kind. */
export interface ContentName {
  /** 64 lower-case hex digits. */
  key: string;
  /** Whether it is a gateway's name for a file whose root is not known yet. */
  provisional: boolean;
}

/** Bytes as lower-case hex digits. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Hex digits of either case as bytes; undefined for anything else, the empty text included. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

/** Whether `text` is a key as the wire carries it: 64 lower-case hex digits. */
export function isKey(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The URN of a root: `urn:tree:sha256:` and its hex digits. */
export function formatTreeUrn(root: Uint8Array | string): string {
  return TREE_URN_PREFIX + (typeof root === "string" ? root : toHex(root));
}

/** The URN of a content by key. */
export function formatContentUrn(name: ContentName): string {
  return (name.provisional ? PROVISIONAL_URN_PREFIX : TREE_URN_PREFIX) +
    name.key;
}

/** The root a `urn:tree:sha256:` URN names, 32 bytes; undefined for anything else. */
export function parseTreeUrn(text: string): Uint8Array | undefined {
  const name = parseContentUrn(text);
  return name === undefined || name.provisional ? undefined : fromHex(name.key);
}

/** The content a URN of either kind names; undefined for anything else. */
export function parseContentUrn(text: string): ContentName | undefined {
  const lower = text.trim().toLowerCase();
  for (const prefix of [TREE_URN_PREFIX, PROVISIONAL_URN_PREFIX]) {
    const key = lower.slice(prefix.length);
    if (!lower.startsWith(prefix) || key.length !== 2 * HASH_BYTES) continue;
    if (isKey(key)) return { key, provisional: prefix !== TREE_URN_PREFIX };
  }
  return undefined;
}
