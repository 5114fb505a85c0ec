/**
 * One reading of a playlist from where it lies: an http or https URL, or a file
 * of this machine. Asks only for what changed, follows few redirects, waits a
 * bounded time, and hands over the bytes as they come. Bounding the bytes is
 * the parser's; keeping versions is left to `load.ts`.
 *
 * @module
 */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Clock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import {
  PLAYLIST_BYTES_MAX,
  PLAYLIST_IDLE_MS_MAX,
  PLAYLIST_LOAD_MS_MAX,
  PLAYLIST_REDIRECTS_MAX,
} from "../limits.ts";

/** What tells one version from the next. */
export interface Validators {
  etag?: string;
  lastModified?: string;
}

/** What a server said the time was, and when it was asked; this machine's clock. */
export interface ServerTime {
  /** From a `Date` header, cut to whole seconds. */
  kind: "date";
  /** What the server said, in ms since the epoch. */
  serverMs: number;
  /** When it was asked, in ms since the epoch by this machine's clock. */
  sentMs: number;
  /** When the answer's head was here, by the same clock. */
  receivedMs: number;
}

/** The head of an answer; `bytes` is absent where nothing changed. */
export interface PlaylistAnswer {
  /** Where it came from in the end: relative URLs resolve against it. */
  url: string;
  bytes?: AsyncIterable<Uint8Array>;
  validators: Validators;
  /** The `Content-Type` header. */
  type?: string;
  cacheControl?: string;
  age?: string;
  serverTime?: ServerTime;
}

/** A failed answer that says when to come again. */
export class RetryLater extends AlluviumError {
  /** The `Retry-After` header. */
  readonly retryAfter: string | undefined;

  /** @param retryAfter the header's value */
  constructor(message: string, url: string, retryAfter: string | undefined) {
    super("playlist-unreachable", message, { url });
    this.retryAfter = retryAfter;
  }
}

/** What the fetching of a playlist needs. */
export interface FetchingOptions {
  clock: Clock;
  fetch: typeof fetch;
  signal?: AbortSignal | undefined;
}

const ACCEPT =
  "application/x-alluvium, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.8";

/**
 * The URL of a playlist as a person gave it: a URL, or a file's path.
 *
 * @throws AlluviumError `url-forbidden` for a URL that is not http, https or file
 */
export function playlistUrl(location: string): URL {
  // One letter is a drive of Windows, not a scheme.
  if (!/^[a-z][a-z0-9+.-]+:/i.test(location)) {
    return pathToFileURL(resolve(location));
  }
  const url = URL.parse(location);
  if (url && ["http:", "https:", "file:"].includes(url.protocol)) return url;
  throw new AlluviumError(
    "url-forbidden",
    "Cannot read the playlist: want an http or https URL, or a file",
    { url: location },
  );
}

/**
 * Reads a playlist once.
 *
 * @param validators of the version that is here; none to read it in any case
 * @throws AlluviumError `not-found`, `playlist-unreachable`,
 *   `playlist-too-large`, `url-forbidden`; `bytes` may throw the same
 * @throws the signal's reason when it aborts
 */
export function readPlaylistBytes(
  url: URL,
  validators: Validators,
  options: FetchingOptions,
): Promise<PlaylistAnswer> {
  return url.protocol === "file:"
    ? readFile(url, validators)
    : new HttpReading(url, validators, options).read();
}

async function readFile(
  url: URL,
  validators: Validators,
): Promise<PlaylistAnswer> {
  const file = fileURLToPath(url);
  try {
    const info = await Deno.stat(file);
    if (!info.isFile) throw noFile(file, info.isDirectory);
    const etag = `${info.mtime?.getTime()}-${info.size}`;
    const answer = { url: url.href, validators: { etag } };
    if (etag === validators.etag) return answer;
    return { ...answer, bytes: (await Deno.open(file)).readable };
  } catch (error) {
    if (error instanceof AlluviumError) throw error;
    throw unreadable(file, error);
  }
}

function noFile(file: string, isFolder: boolean): AlluviumError {
  return new AlluviumError(
    "playlist-unreachable",
    `Cannot read the playlist: wanted a file, got ${
      isFolder
        ? "a folder; name the playlist in it, such as playlist.rss"
        : "a device"
    }`,
    { file },
  );
}

function unreadable(file: string, cause: unknown): AlluviumError {
  const missing = cause instanceof Deno.errors.NotFound;
  return new AlluviumError(
    missing ? "not-found" : "playlist-unreachable",
    missing
      ? "Cannot read the playlist: there is no such file"
      : `Cannot read the playlist: ${toAlluviumError(cause).message}`,
    { file, cause },
  );
}

/** One request with its redirects and its two time limits. */
class HttpReading {
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  #stopIdle = () => {};
  #stopTotal = () => {};

  constructor(
    readonly url: URL,
    readonly validators: Validators,
    readonly options: FetchingOptions,
  ) {
    const outer = options.signal;
    this.#signal = outer
      ? AbortSignal.any([outer, this.#abort.signal])
      : this.#abort.signal;
  }

  async read(): Promise<PlaylistAnswer> {
    this.#stopTotal = this.#timer(
      PLAYLIST_LOAD_MS_MAX,
      "it took longer than",
    );
    this.#keepIdle();
    let kept = false;
    try {
      const sentMs = this.options.clock.now();
      const { response, url } = await this.#follow();
      const answer = this.#head(response, url, sentMs);
      if (response.status === 304) return answer;
      this.#check(response);
      kept = true;
      return { ...answer, bytes: this.#body(response) };
    } catch (error) {
      throw this.#explain(error);
    } finally {
      if (!kept) this.#stop();
    }
  }

  async #follow(): Promise<{ response: Response; url: URL }> {
    let url = this.url;
    for (let hops = 0; hops <= PLAYLIST_REDIRECTS_MAX; hops++) {
      const response = await this.options.fetch(url, {
        headers: this.#headers(),
        redirect: "manual",
        signal: this.#signal,
      });
      const next = redirectOf(response, url);
      if (!next) return { response, url };
      await response.body?.cancel();
      url = next;
    }
    throw new AlluviumError(
      "playlist-unreachable",
      `Cannot fetch the playlist: wanted at most ${PLAYLIST_REDIRECTS_MAX} redirects, got more`,
      { url: this.url.href },
    );
  }

  #headers(): Headers {
    const headers = new Headers({ accept: ACCEPT });
    const { etag, lastModified } = this.validators;
    if (etag !== undefined) headers.set("if-none-match", etag);
    if (lastModified !== undefined) {
      headers.set("if-modified-since", lastModified);
    }
    return headers;
  }

  #head(response: Response, url: URL, sentMs: number): PlaylistAnswer {
    const text = (name: string) => response.headers.get(name) ?? undefined;
    const validators: Validators = {};
    const etag = text("etag");
    const lastModified = text("last-modified");
    if (etag !== undefined) validators.etag = etag;
    if (lastModified !== undefined) validators.lastModified = lastModified;
    const answer: PlaylistAnswer = { url: url.href, validators };
    const type = text("content-type");
    if (type !== undefined) answer.type = type;
    const [cacheControl, age] = [text("cache-control"), text("age")];
    if (cacheControl !== undefined) answer.cacheControl = cacheControl;
    if (age !== undefined) answer.age = age;
    const serverMs = Date.parse(text("date") ?? "");
    // An answer from a cache carries the time at which it was put there.
    if (Number.isFinite(serverMs) && (age ?? "0") === "0") {
      const receivedMs = this.options.clock.now();
      answer.serverTime = { kind: "date", serverMs, sentMs, receivedMs };
    }
    return answer;
  }

  #check(response: Response): void {
    const length = Number(response.headers.get("content-length") ?? 0);
    const fine = response.status === 200 || response.status === 203;
    if (fine && length <= PLAYLIST_BYTES_MAX) return;
    response.body?.cancel().catch(() => {});
    if (fine) {
      throw new AlluviumError(
        "playlist-too-large",
        `Cannot fetch the playlist: wanted at most ${PLAYLIST_BYTES_MAX} bytes, got ${length}`,
        { url: this.url.href },
      );
    }
    throw new RetryLater(
      `Cannot fetch the playlist: the server answered ${response.status} ${response.statusText}`
        .trimEnd(),
      this.url.href,
      response.headers.get("retry-after") ?? undefined,
    );
  }

  async *#body(response: Response): AsyncGenerator<Uint8Array> {
    try {
      if (!response.body) return;
      for await (const chunk of response.body) {
        this.#keepIdle();
        yield chunk;
      }
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#stop();
    }
  }

  #explain(error: unknown): unknown {
    if (this.options.signal?.aborted) return this.options.signal.reason;
    if (error instanceof AlluviumError) return error;
    const reason = this.#abort.signal.aborted
      ? this.#abort.signal.reason
      : error;
    return new AlluviumError(
      "playlist-unreachable",
      `Cannot fetch the playlist: ${toAlluviumError(reason).message}`,
      { url: this.url.href, cause: error },
    );
  }

  #keepIdle(): void {
    this.#stopIdle();
    this.#stopIdle = this.#timer(
      PLAYLIST_IDLE_MS_MAX,
      "the server did not go on for",
    );
  }

  #timer(ms: number, what: string): () => void {
    return this.options.clock.timer(
      ms,
      () => this.#abort.abort(new Error(`${what} ${ms / 1000} s`)),
    );
  }

  #stop(): void {
    this.#stopIdle();
    this.#stopTotal();
  }
}

/** Where an answer sends us; undefined where it does not. */
function redirectOf(response: Response, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const to = URL.parse(response.headers.get("location") ?? "", from);
  if (to?.protocol === "http:" || to?.protocol === "https:") return to;
  throw new AlluviumError(
    "url-forbidden",
    "Cannot fetch the playlist: it redirects to something else than an http or https URL",
    { url: from.href },
  );
}
