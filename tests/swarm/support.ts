/**
 * Files, contents and links for the tests of single parts of the swarm.
 *
 * @module
 */
import { parseClientMessage } from "../../lib/gateway/client_message.ts";
import type { ClientMessage } from "../../lib/gateway/messages.ts";
import { LEAF_BYTES, LeafLayerBuilder } from "../../lib/hashtree/mod.ts";
import type { Action } from "../../lib/swarm/actions.ts";
import { Content, type ContentSpec } from "../../lib/swarm/content.ts";
import { Link } from "../../lib/swarm/link.ts";
import { LinkTable } from "../../lib/swarm/link_table.ts";
import { Members } from "../../lib/swarm/members.ts";
import { sampleFile } from "../hashtree/reference.ts";

/** The moment at which most tests begin: ms since the epoch. */
export const START_MS = Date.UTC(2026, 0, 1);

/** Where the sample files are said to come from. */
export const URL_OF_FILE = "https://radio.example/a.mp3";

/** A file with its tree. */
export interface SampleFile {
  readonly bytes: Uint8Array;
  readonly layer: Uint8Array;
  /** 64 hex digits. */
  readonly root: string;
}

/** A file of so many whole leaves and `more` bytes. */
export function sample(leaves: number, more = 0, seed = 1): SampleFile {
  const bytes = sampleFile(leaves * LEAF_BYTES + more, seed);
  const builder = new LeafLayerBuilder();
  builder.write(bytes);
  const { layer, root } = builder.finish();
  return { bytes, layer, root: root.toHex() };
}

/** The bytes of leaves `from` to `until`. */
export function leavesOf(
  file: SampleFile,
  from: number,
  until: number,
): Uint8Array {
  return file.bytes.slice(from * LEAF_BYTES, until * LEAF_BYTES);
}

/** How a sample file is opened. */
export function specOf(
  file: SampleFile,
  more: Partial<ContentSpec> = {},
): ContentSpec {
  return {
    key: file.root,
    length: file.bytes.length,
    trust: "root",
    url: URL_OF_FILE,
    chunkLeaves: 1,
    ...more,
  };
}

/** A content whose hashes are not known. */
export function blindContentOf(
  file: SampleFile,
  more: Partial<ContentSpec> = {},
  openedMs: number = START_MS,
): Content {
  return new Content(specOf(file, more), openedMs);
}

/** A content with all its hashes. */
export function contentOf(
  file: SampleFile,
  more: Partial<ContentSpec> = {},
  openedMs: number = START_MS,
): Content {
  const content = blindContentOf(file, more, openedMs);
  content.hashes?.addRun(0, file.layer);
  return content;
}

/** Id number `n`: 32 hex digits. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, "0");
}

let linksMade = 0;

/** A link whose hello has come and on which both sides opened the contents. */
export function linkTo(peer: number, ...contents: Content[]): Link {
  const link = new Link(++linksMade, true, false);
  link.peerId = idOf(peer);
  link.capacity = 1_000_000;
  for (const content of contents) openBoth(link, content);
  return link;
}

/** Opens a content on both sides of a link. */
export function openBoth(link: Link, content: Content): void {
  const channel = link.own.size;
  link.own.set(content.key, channel);
  const { key, length } = content;
  link.remote.set(channel, { key, length, content });
}

/** A table without links. */
export function emptyLinkTable(): LinkTable {
  return new LinkTable({
    self: { id: idOf(0), port: () => 0, capacity: () => 0 },
    members: new Members(idOf(0)),
    act: () => {},
    gone: () => {},
  });
}

/** What a gateway reads when an engine asks for a lease. */
export function readAsLease(
  { content: { key }, ...range }: Action & { type: "lease" },
): ClientMessage & { t: "lease" } {
  const frame = JSON.stringify({ t: "lease", key, ...range });
  return parseClientMessage(frame) as ClientMessage & { t: "lease" };
}
