/**
 * Who of several gateways downloads a file: the first that is asked for it takes
 * it from the origin; the others take it from the first one while it arrives, so
 * that all have it, all hand out its hashes at once, and the origin gives it
 * once. A gateway that dies leaves its claim to time; who was copying from it
 * goes on at the origin, where it broke off.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { formatContentUrn } from "../hashtree/mod.ts";
import { GATEWAY_HEAD_MS_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import type { GuardPolicy } from "./guard.ts";
import { type FileFacts, type OpenedFile, openFile } from "./media_origin.ts";
import {
  askOrigin,
  type OriginAccess,
  type OriginAnswer,
} from "./origin_request.ts";

/** A file that another gateway is hashing. */
export interface DistantJob {
  /** Where that gateway is, with a slash at the end. */
  base: string;
  /** The content's provisional id there, and here. */
  key: string;
  /** What the origin said. */
  facts: FileFacts;
}

/** A claim of ours. */
export interface HashClaim {
  /** Tells the others where the bytes arrive. */
  began(job: DistantJob): void;
  /** The file is hashed, or cannot be. */
  release(): void;
}

/** Claims among the gateways of one network. Nothing here rejects: without the others a gateway goes on alone. */
export interface HashClaims {
  /**
   * Claims a file.
   *
   * @returns the claim; or the other's job, undefined while it has not begun
   */
  claim(
    url: string,
  ): Promise<
    { kind: "ours"; claim: HashClaim } | { kind: "theirs"; job?: DistantJob }
  >;
}

/** A file about to be hashed. */
export interface SharedFile {
  file: OpenedFile;
  /** Its provisional id, where another gateway has given it one. */
  key?: string;
  /** It has an id here now. */
  began(key: string): void;
  /** It is hashed, or cannot be. */
  over(): void;
}

/** What files are opened with. */
export interface SharedFileTools {
  claims: HashClaims | undefined;
  /** Where other gateways reach this one; undefined: they do not. */
  base(): string | undefined;
  access: OriginAccess;
  clock: Clock;
  log: Log;
}

/** Between two looks at a claim whose holder has not begun. */
const LOOK_MS = 100;

const NOTHING = () => {};

/**
 * Begins to download a file, from the origin or from the gateway that does so.
 *
 * @param known whether somebody has hashed it meanwhile
 * @returns undefined if so
 * @throws {AlluviumError} as {@linkcode openFile}
 * @throws the signal's reason when it aborts
 */
export async function openShared(
  url: string,
  known: () => Promise<boolean>,
  tools: SharedFileTools,
  signal: AbortSignal,
): Promise<SharedFile | undefined> {
  const { claims, access, clock } = tools;
  const endMs = clock.monotonic() + GATEWAY_HEAD_MS_MAX;
  while (claims !== undefined && clock.monotonic() < endMs) {
    const claimed = await claims.claim(url);
    if (await known()) {
      if (claimed.kind === "ours") claimed.claim.release();
      return undefined;
    }
    if (claimed.kind === "ours") {
      return await own(url, claimed.claim, tools, signal);
    }
    if (claimed.job !== undefined) {
      const file = await copy(url, claimed.job, tools, signal);
      if (file === undefined) break;
      return { file, key: claimed.job.key, began: NOTHING, over: NOTHING };
    }
    await clock.sleep(LOOK_MS, signal);
  }
  const file = await openFile(url, access, signal);
  return { file, began: NOTHING, over: NOTHING };
}

async function own(
  url: string,
  claim: HashClaim,
  { access, base }: SharedFileTools,
  signal: AbortSignal,
): Promise<SharedFile> {
  try {
    const file = await openFile(url, access, signal);
    return {
      file,
      began(key) {
        const here = base();
        if (here !== undefined) {
          claim.began({ base: here, key, facts: file.facts });
        }
      },
      over: () => claim.release(),
    };
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** The other gateway's copy; undefined if it does not give it. */
async function copy(
  url: string,
  { base, key, facts }: DistantJob,
  { access, log }: SharedFileTools,
  signal: AbortSignal,
): Promise<OpenedFile | undefined> {
  // A gateway of our own network may be on a private address.
  const policy: GuardPolicy = {
    ...access.policy,
    allowPrivate: true,
    mediaHosts: [],
  };
  const source = `${base}uri-res/N2R?${
    formatContentUrn({ key, provisional: true })
  }`;
  try {
    const answer = await askOrigin(
      { url: source, method: "GET", signal },
      { ...access, policy },
    );
    const good = answer.status === 200 &&
      answer.header("etag") === `"${key}"` &&
      answer.header("content-length") === String(facts.length);
    if (good) {
      return { facts, answer: withRest(url, facts, answer, access, signal) };
    }
    answer.close();
  } catch (error) {
    signal.throwIfAborted();
    log("warn", "Cannot copy from another gateway: asking the origin", {
      error,
    });
  }
  return undefined;
}

/** An answer whose body goes on at the origin where it breaks off. */
function withRest(
  url: string,
  facts: FileFacts,
  answer: OriginAnswer,
  access: OriginAccess,
  signal: AbortSignal,
): OriginAnswer {
  let rest: OriginAnswer | undefined;
  return {
    ...answer,
    async *body() {
      let at = 0;
      try {
        for await (const bytes of answer.body()) {
          at += bytes.length;
          yield bytes;
        }
      } catch {
        signal.throwIfAborted();
      }
      if (at === facts.length) return;
      rest = await openRest(url, at, facts, access, signal);
      yield* rest.body();
    },
    close() {
      answer.close();
      rest?.close();
    },
  };
}

/** The bytes of a file from `at` on, of the version that is known. */
async function openRest(
  url: string,
  at: number,
  { etag, lastModified, length }: FileFacts,
  access: OriginAccess,
  signal: AbortSignal,
): Promise<OriginAnswer> {
  const version = etag ?? lastModified;
  const headers = {
    range: `bytes=${at}-`,
    ...(version === undefined ? {} : { "if-range": version }),
  };
  const rest = await askOrigin({ url, method: "GET", headers, signal }, access);
  const wanted = `bytes ${at}-${length - 1}/${length}`;
  if (rest.status === 206 && rest.header("content-range") === wanted) {
    return rest;
  }
  rest.close();
  throw new AlluviumError(
    "media-unreachable",
    "Cannot go on with the media file: the server does not give the rest of it",
    { url },
  );
}
