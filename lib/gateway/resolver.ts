/**
 * From a URL that someone names to a content with hashes, asking the origin as
 * little as can be:
 *
 * 1. What is known and was checked within a minute is taken as it is.
 * 2. What is known longer is checked by HEAD: length, ETag, Last-Modified. An
 *    origin that does not answer leaves what is known standing.
 * 3. Where the client names root and length, the origin's `.tree` is taken if it
 *    proves them: nothing is downloaded.
 * 4. Else the file is downloaded once and hashed while it arrives.
 *
 * However many ask at the same time, each URL is looked up once. A root that a
 * client names is never believed: either the origin's own tree or the origin's
 * bytes prove it, or that client is told that they do not.
 *
 * @module
 */
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { fromHex, HashTree } from "../hashtree/mod.ts";
import {
  GATEWAY_FAILURE_MS,
  GATEWAY_FRESH_MS,
  GATEWAY_JOBS_MAX,
  GATEWAY_JOBS_WAITING_MAX,
} from "../limits.ts";
import type { Log } from "../log.ts";
import { GatewayContent, provisionalKey } from "./content.ts";
import type { Contents, UrlEntry } from "./contents.ts";
import type { Crowd } from "./crowd.ts";
import { Failures } from "./failures.ts";
import { checkUrl } from "./guard.ts";
import { type HashClaims, openShared } from "./hash_claims.ts";
import { type HashJobTools, startHashJob } from "./hash_job.ts";
import { JobQueue } from "./job_queue.ts";
import { fetchSidecar, isSameVersion, statFile } from "./media_origin.ts";
import type { OriginAccess } from "./origin_request.ts";
import type { Tally } from "./tally.ts";

/** What a client says about a file. */
export interface Wish {
  url: string;
  /** 64 hex digits; counts only with `length`. */
  root?: string;
  length?: number;
}

/** What a resolver works with. */
export interface ResolverTools extends HashJobTools {
  contents: Contents;
  access: OriginAccess;
  random: () => number;
  log: Log;
  tally: Tally;
  crowd: Crowd;
  /** Where there are other gateways. @default {none} */
  claims?: HashClaims | undefined;
  /** Whether a file is one of those that this gateway is for. @default {any is} */
  isTaken?: ((url: string) => Promise<boolean>) | undefined;
  /** Where other gateways reach this one; undefined: they do not. */
  base(): string | undefined;
}

/** Finds contents by URL. */
export class UrlResolver {
  readonly #tools: ResolverTools;
  readonly #flights = new Map<string, Promise<UrlEntry>>();
  readonly #failures = new Failures();
  readonly #queue = new JobQueue(GATEWAY_JOBS_MAX, GATEWAY_JOBS_WAITING_MAX);
  readonly #jobs = new Set<Promise<unknown>>();
  readonly #end = new AbortController();

  /** @param tools what it works with */
  constructor(tools: ResolverTools) {
    this.#tools = tools;
  }

  /** Downloads under way and waiting. */
  get jobs(): { running: number; waiting: number } {
    const { running, waiting } = this.#queue;
    return { running, waiting };
  }

  /**
   * Finds the content of a URL; one that still arrives counts as found.
   *
   * @param from the address of whoever asks; charged if an origin must be asked
   * @throws {AlluviumError} `url-forbidden`, `media-unreachable`,
   *   `media-rejected`, `busy`, `too-many-requests`; `content-mismatch` if it is known not to be what
   *   the wish says
   */
  async resolve(wish: Wish, from: string): Promise<UrlEntry> {
    const { contents } = this.#tools;
    // What is in memory has passed the check, as it is written there.
    const url = contents.has(wish.url) ? wish.url : await this.#check(wish.url);
    const known = await contents.byUrl(url);
    const fresh = known !== undefined && this.#isFresh(known, wish);
    const entry = fresh ? known : await this.#flight(url, wish, from);
    const { content } = entry;
    if (content.state.kind === "gone") throw content.state.error;
    if (!fits(wish, content)) throw mismatch(wish.url, wish, content.length);
    return entry;
  }

  /** The URL, as it is written. */
  async #check(text: string): Promise<string> {
    const { access, isTaken } = this.#tools;
    const { href: url } = checkUrl(text, access.policy);
    if (isTaken === undefined || await isTaken(url)) return url;
    throw new AlluviumError(
      "url-forbidden",
      "Cannot fetch this URL: none of this gateway's stations plays it",
      { url },
    );
  }

  /** Ends every download and waits for the ends. */
  async close(): Promise<void> {
    this.#end.abort(
      new AlluviumError("busy", "Cannot go on: the gateway is closing"),
    );
    await Promise.allSettled([...this.#flights.values(), ...this.#jobs]);
  }

  /** A client that names another version than is known makes us look sooner. */
  #isFresh({ content, checkedMs }: UrlEntry, wish: Wish): boolean {
    if (content.provisional) return true;
    const age = this.#tools.clock.now() - checkedMs;
    const limit = fits(wish, content) ? GATEWAY_FRESH_MS : GATEWAY_FAILURE_MS;
    return content.state.kind === "whole" && age < limit;
  }

  /** One look-up at a time for each URL. */
  #flight(url: string, wish: Wish, from: string): Promise<UrlEntry> {
    const flying = this.#flights.get(url);
    if (flying !== undefined) return flying;
    const failure = this.#failures.of(url, this.#tools.clock.now());
    if (failure !== undefined) return Promise.reject(failure);
    try {
      this.#tools.crowd.lookUp(from);
    } catch (error) {
      return Promise.reject(error);
    }
    const flight = this.#find(url, wish).catch((error) => {
      const failure = toAlluviumError(error);
      // What one client got wrong is no failure of the URL.
      if (failure.code !== "content-mismatch") this.#failed(url, failure);
      throw failure;
    }).finally(() => this.#flights.delete(url));
    this.#flights.set(url, flight);
    return flight;
  }

  #failed(url: string, error: AlluviumError): void {
    if (this.#end.signal.aborted) return;
    this.#failures.add(url, error, this.#tools.clock.now());
    this.#tools.log("info", error.message, { url });
  }

  async #find(url: string, wish: Wish): Promise<UrlEntry> {
    const known = await this.#tools.contents.byUrl(url);
    if (known !== undefined) {
      const still = await this.#recheck(known);
      if (still !== undefined) return still;
    }
    return await this.#bySidecar(url, wish) ?? await this.#download(url);
  }

  /** Whether a known URL has still the same content; undefined if it has another. */
  async #recheck(known: UrlEntry): Promise<UrlEntry | undefined> {
    const { contents, access, clock, log } = this.#tools;
    const { url } = known;
    const stat = await statFile(url, access, this.#end.signal)
      .catch((error) => {
        contents.retire(known, toAlluviumError(error));
        throw error;
      });
    if (stat.kind === "silent") {
      log("warn", "The origin does not answer: going on with what is known", {
        url,
      });
      // Long enough to spare it, short enough to see it come back.
      known.checkedMs = clock.now() - GATEWAY_FRESH_MS + GATEWAY_FAILURE_MS;
      return known;
    }
    if (isSameVersion(stat.facts, known.facts)) {
      known.facts = stat.facts;
      known.checkedMs = clock.now();
      await contents.remember(known);
      return known;
    }
    contents.retire(
      known,
      new AlluviumError(
        "media-changed",
        "Cannot go on with the media file: the origin has another version now",
        { url },
      ),
    );
    return undefined;
  }

  async #bySidecar(url: string, wish: Wish): Promise<UrlEntry | undefined> {
    const { contents, store, access, clock } = this.#tools;
    const root = fromHex(wish.root ?? "");
    if (root === undefined || wish.length === undefined) return undefined;
    const { length } = wish;
    const { signal } = this.#end;
    const [layer, stat] = await Promise.all([
      fetchSidecar(url, length, root, access, signal),
      statFile(url, access, signal),
    ]);
    if (layer === undefined) return undefined;
    // An origin that gave the tree and then says nothing is believed.
    const facts = stat.kind === "file" ? stat.facts : { length };
    if (facts.length !== length) throw mismatch(url, wish, facts.length);
    const content = GatewayContent.whole(new HashTree(layer.layer, length));
    await store.putContent({
      root: content.key,
      length,
      layer: layer.layer,
    });
    const checkedMs = clock.now();
    const entry = contents.enter({ url, content, facts, checkedMs });
    await contents.remember(entry);
    return entry;
  }

  async #download(url: string): Promise<UrlEntry> {
    const { contents, claims, clock, random } = this.#tools;
    const leaveQueue = await this.#queue.enter();
    let end = leaveQueue;
    try {
      const { signal } = this.#end;
      signal.throwIfAborted();
      // Another gateway may have been at it already.
      let known: UrlEntry | undefined;
      const isKnown = async () =>
        (known = await contents.byUrl(url)) !== undefined;
      const tools = { ...this.#tools, claims };
      const shared = await openShared(url, isKnown, tools, signal);
      if (shared === undefined) {
        leaveQueue();
        return known!;
      }
      end = () => {
        shared.over();
        leaveQueue();
      };
      const { file: { facts } } = shared;
      const nonce = `${clock.now()} ${random()}`;
      const key = shared.key ?? provisionalKey(url, facts, nonce);
      const { file } = shared;
      const job = await startHashJob(url, file, key, this.#tools, signal);
      shared.began(key);
      const { content } = job;
      const checkedMs = clock.now();
      const entry = contents.enter({ url, content, facts, checkedMs });
      this.#watch(entry, job.done, end);
      return entry;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Sees a download to its end. */
  #watch(
    entry: UrlEntry,
    done: Promise<GatewayContent>,
    leaveQueue: () => void,
  ): void {
    const { contents, log, tally } = this.#tools;
    const end = done
      .then(async ({ length }) => {
        tally.hashed(length);
        await contents.whole(entry);
      }, (error) => {
        const failure = toAlluviumError(error);
        tally.refused(failure.code);
        this.#failed(entry.url, failure);
        contents.retire(entry, failure);
      })
      .catch((error) => log("error", "Cannot remember a file", { error }))
      .finally(() => {
        leaveQueue();
        this.#jobs.delete(end);
      });
    this.#jobs.add(end);
  }
}

/** Whether a content can be what a client names; while it arrives, its length tells. */
function fits({ root, length }: Wish, content: GatewayContent): boolean {
  if (length === undefined) return true;
  if (length !== content.length) return false;
  return root === undefined || content.provisional || content.key === root;
}

/** The error for a client whose playlist does not fit the origin's file. */
export function mismatch(
  url: string,
  wish: Omit<Wish, "url">,
  length: number,
): AlluviumError {
  const detail = wish.length !== undefined && wish.length !== length
    ? `wanted ${wish.length} bytes, the origin has ${length}`
    : "its bytes do not give the root that was named";
  return new AlluviumError(
    "content-mismatch",
    `Cannot use the media file: ${detail}`,
    { url },
  );
}
