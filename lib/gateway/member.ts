/**
 * A client's part in one content, and where the content's bytes can be had for
 * it: plain data that session, lease desk and hash feed share.
 *
 * @module
 */
import { formatContentUrn } from "../hashtree/mod.ts";
import type { GatewayContent } from "./content.ts";
import type { KeptFiles } from "./kept_files.ts";
import type { ClientNumber } from "./lease_book.ts";
import type { GatewayMessage, Resource } from "./messages.ts";
import type { FileFacts } from "./media_origin.ts";
import type { Wish } from "./resolver.ts";

/** A client as its contents see it. */
export interface MemberClient {
  readonly number: ClientNumber;
  /** Where it reaches this gateway, with a slash at the end. */
  readonly base: string;
  /** How fast it has fetched so far. */
  bytesPerMs: number;
  /** Its parts by the keys it may name them by. */
  readonly members: Map<string, Member>;
  /** Bytes waiting in its socket. */
  readonly backlog: number;
  send(message: GatewayMessage): void;
  /** Sends a frame that others get too. */
  sendText(frame: string): void;
  /** What it said made as much work as so many messages more. */
  charge(messages: number): void;
}

/** A run under lease to a member. */
export interface OpenLease {
  bytes: number;
  untilMs: number;
  /** Whether it is the origin's bytes, which are paced. */
  atOrigin: boolean;
}

/** A client's part in a content. */
export interface Member {
  readonly client: MemberClient;
  /** The URL it came by: its origin. */
  readonly url: string;
  /** What its playlist says of the file. */
  readonly wish: Wish;
  /** Leaves per chunk. */
  chunk: number;
  content: GatewayContent;
  /** The key the client knows: the provisional id until it was told the root. */
  knownAs: string;
  /** Leaf hashes up to here have been sent; past the last leaf: nothing more is due. */
  sentLeaves: number;
  /** Open leases by first leaf. */
  readonly leases: Map<number, OpenLease>;
  /** Lets the kept file go. */
  release: () => void;
}

/** The gateway's own copy of a content, whole or arriving; undefined if it has none. */
export function copyUrl(
  base: string,
  content: GatewayContent,
  files: KeptFiles,
): string | undefined {
  const { key, provisional, state } = content;
  const here = state.kind === "arriving"
    ? state.draft !== undefined
    : files.has(key);
  if (!here) return undefined;
  return `${base}uri-res/N2R?${formatContentUrn({ key, provisional })}`;
}

/** What `resource` and `joined` tell of a URL. `mirrors`: those elsewhere. */
export function resourceOf(
  url: string,
  content: GatewayContent,
  facts: FileFacts,
  place: { base: string; files: KeptFiles; mirrors: readonly string[] },
): Resource {
  const { key, provisional, length } = content;
  const copy = copyUrl(place.base, content, place.files);
  return {
    url,
    key,
    provisional,
    ...(provisional
      ? { hashedBytes: content.arrivedBytes }
      : { root: key, tree: `${place.base}ocn/v1/tree/${key}` }),
    length,
    ...(facts.type === undefined ? {} : { type: facts.type }),
    ...(facts.etag === undefined ? {} : { etag: facts.etag }),
    ...(facts.lastModified === undefined
      ? {}
      : { lastModified: facts.lastModified }),
    mirrors: copy === undefined ? [...place.mirrors] : [copy, ...place.mirrors],
  };
}
