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
 * However many ask at the same time, each URL is looked up once. Nobody waits
 * long for an origin to say that nothing has changed: after GATEWAY_RECHECK_MS
 * what is known is the answer, and who has got it is told if it was wrong. A
 * root that a client names is never believed: either the origin's own tree or
 * the origin's bytes prove it, or that client is told that they do not.
 *
 * @module
 */
import { AlluviumError, type ErrorCode, toAlluviumError } from "../errors.ts";
import { sidecarBytes } from "../hashtree/mod.ts";
import {
  GATEWAY_FAILURE_MS,
  GATEWAY_FLIGHTS_MAX,
  GATEWAY_FRESH_MS,
  GATEWAY_RECHECK_MS,
  GATEWAY_SIDECAR_BYTES_MAX,
  GATEWAY_SIDECARS_MAX,
} from "../limits.ts";
import { subnetOf } from "../swarm/address_space.ts";
import { GatewayContent } from "./content.ts";
import type { UrlEntry } from "./contents.ts";
import type { Crowd } from "./crowd.ts";
import { Downloads, type DownloadTools } from "./downloads.ts";
import { Failures } from "./failures.ts";
import { checkUrl } from "./guard.ts";
import { JobQueue } from "./job_queue.ts";
import { fetchSidecar, isSameVersion, statFile } from "./media_origin.ts";

/** What a client says about a file. */
export interface Wish {
  url: string;
  /** 64 hex digits; counts only with `length`. */
  root?: string;
  length?: number;
}

/** What a resolver works with. */
export interface ResolverTools extends DownloadTools {
  crowd: Crowd;
  /** Whether a file is one of those that this gateway is for. @default {any is} */
  isTaken?: ((url: string) => Promise<boolean>) | undefined;
}

/** What one client got wrong, or has too much of, is no failure of the URL. */
const OWN_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(
  ["content-mismatch", "too-many-requests"],
);

/** Bytes of a `.tree` that count as another look-up. */
const BYTES_PER_LOOK_UP = 1024 * 1024;

/** Finds contents by URL. */
export class UrlResolver {
  readonly #tools: ResolverTools;
  readonly #flights = new Map<string, Promise<UrlEntry>>();
  readonly #failures = new Failures();
  readonly #sidecars = new JobQueue({
    runningMax: GATEWAY_SIDECARS_MAX,
    waitingMax: GATEWAY_FLIGHTS_MAX,
  });
  readonly #end = new AbortController();
  readonly #downloads: Downloads;

  /** @param tools what it works with */
  constructor(tools: ResolverTools) {
    this.#tools = tools;
    const failed = (url: string, error: AlluviumError) =>
      this.#failed(url, error);
    this.#downloads = new Downloads(tools, this.#end.signal, failed);
  }

  /** Downloads under way and waiting. */
  get jobs(): { running: number; waiting: number } {
    const { running, waiting } = this.#downloads;
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
    const entry = await this.#current(known, url, wish, from);
    const { content } = entry;
    if (content.state.kind === "gone") throw content.state.error;
    if (!fits(wish, content)) throw mismatch(wish.url, wish, content.length);
    if (content.users === 0) {
      const network = subnetOf(from);
      contents.admit(content.length, network, content);
      content.broughtBy = network;
    }
    return entry;
  }

  /** What is known if it is fresh, or if the origin does not soon say otherwise. */
  async #current(
    known: UrlEntry | undefined,
    url: string,
    wish: Wish,
    from: string,
  ): Promise<UrlEntry> {
    if (known !== undefined && this.#isFresh(known, wish)) return known;
    const flight = this.#flight(url, wish, from);
    if (known === undefined || !fits(wish, known.content)) return await flight;
    const { promise: soon, resolve } = Promise.withResolvers<UrlEntry>();
    const cancel = this.#tools.clock.timer(GATEWAY_RECHECK_MS, () => {
      // Who asks next need not wait; members are told when it has changed.
      this.#postpone(known);
      resolve(known);
    });
    return await Promise.race([flight, soon]).finally(cancel);
  }

  /** What is known counts for a little while longer. */
  #postpone(known: UrlEntry): void {
    known.checkedMs = this.#tools.clock.now() - GATEWAY_FRESH_MS +
      GATEWAY_FAILURE_MS;
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
    await Promise.allSettled(this.#flights.values());
    await this.#downloads.ended();
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
      if (this.#flights.size >= GATEWAY_FLIGHTS_MAX) throw tooMany();
      this.#tools.crowd.lookUp(from, lookUpCost(wish));
    } catch (error) {
      return Promise.reject(error);
    }
    const flight = this.#find(url, wish, from).catch((error) => {
      const failure = toAlluviumError(error);
      if (!OWN_FAULTS.has(failure.code)) this.#failed(url, failure);
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

  async #find(url: string, wish: Wish, from: string): Promise<UrlEntry> {
    const known = await this.#tools.contents.byUrl(url);
    if (known !== undefined) {
      const still = await this.#recheck(known);
      if (still !== undefined) return still;
    }
    const network = subnetOf(from);
    return await this.#bySidecar(url, wish, network) ??
      await this.#downloads.begin(url, network);
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
      this.#postpone(known);
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

  async #bySidecar(
    url: string,
    wish: Wish,
    network: string | undefined,
  ): Promise<UrlEntry | undefined> {
    const { contents, store, access, clock } = this.#tools;
    const { root, length } = wish;
    if (root === undefined || length === undefined) return undefined;
    if (sidecarBytes(length) > GATEWAY_SIDECAR_BYTES_MAX) return undefined;
    contents.admit(length, network);
    const turn = await this.#sidecars.enter();
    try {
      const { signal } = this.#end;
      const [tree, stat] = await Promise.all([
        fetchSidecar(url, length, root, access, signal),
        statFile(url, access, signal),
      ]);
      if (tree === undefined) return undefined;
      // An origin that gave the tree and then says nothing is believed.
      const facts = stat.kind === "file" ? stat.facts : { length };
      if (facts.length !== length) throw mismatch(url, wish, facts.length);
      await store.putContent({ root, length, layer: tree.layer });
      const content = GatewayContent.whole(tree);
      const checkedMs = clock.now();
      const entry = contents.enter({ url, content, facts, checkedMs });
      await contents.remember(entry);
      return entry;
    } finally {
      turn.end();
    }
  }
}

/** What a look-up is charged: a large `.tree` costs as many small ones. */
function lookUpCost({ root, length }: Wish): number {
  if (root === undefined || length === undefined) return 1;
  const bytes = sidecarBytes(length);
  if (bytes > GATEWAY_SIDECAR_BYTES_MAX) return 1; // It will not be asked for.
  return 1 + Math.floor(bytes / BYTES_PER_LOOK_UP);
}

function tooMany(): AlluviumError {
  return new AlluviumError(
    "busy",
    "Cannot look up another file: too many are being looked up",
  );
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
