/**
 * Reading a range of a media file by HTTP, from an origin or a mirror, with
 * everything an honest or a broken web server may answer: 206, 200 from one
 * that knows no Range, 404, an HTML page, a body that is too short, too long or
 * never goes on.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { FETCH_STALL_MS } from "../limits.ts";

/** A range to read, and who hears of it. */
export interface RangeFetch {
  url: string;
  /** First byte, and the byte after the last. */
  start: number;
  end: number;
  /** Length the file must have. */
  length: number;
  clock: Clock;
  signal: AbortSignal;
  /** The answer has come; `offset` is the first byte of the body. */
  started(offset: number): void;
  data(bytes: Uint8Array): void;
}

/** What a web server says of a file. */
export interface OriginFile {
  length: number;
  type: string | undefined;
  /** The server's clock, ms since the epoch, to the second; absent if it does not say. */
  dateMs: number | undefined;
}

/** Never compressed: hashes are of the file's own bytes. */
const IDENTITY = { "accept-encoding": "identity" };

/**
 * Reads the range to its end.
 *
 * @throws AlluviumError `media-unreachable`, `media-rejected` or `media-changed`
 * @throws the signal's reason when it aborts
 */
export async function fetchRange(request: RangeFetch): Promise<void> {
  const { url, start, end, signal, clock } = request;
  const stall = new AbortController();
  const guard = new StallGuard(clock, stall, url);
  let response: Response | undefined;
  try {
    response = await ask(url, {
      headers: { ...IDENTITY, range: `bytes=${start}-${end - 1}` },
      signal: AbortSignal.any([signal, stall.signal]),
    });
    const offset = bodyOffset(response, request);
    request.started(offset);
    const promised = response.status === 206 ? end : request.length;
    await readBody(response, promised - offset, request, guard);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (stall.signal.aborted) throw stall.signal.reason;
    throw error instanceof AlluviumError ? error : unreachable(url, error);
  } finally {
    guard.stop();
    // What is left of a refused answer is not read.
    await response?.body?.cancel().catch(() => {});
  }
}

/** Hands on a body, and checks that all of it came. */
async function readBody(
  response: Response,
  promised: number,
  { url, data }: RangeFetch,
  guard: StallGuard,
): Promise<void> {
  let missing = promised;
  try {
    for await (const bytes of response.body ?? []) {
      guard.progress();
      missing -= bytes.length;
      data(bytes);
    }
  } catch (cause) {
    throw tooShort(url, missing, cause);
  }
  if (missing > 0) throw tooShort(url, missing);
}

/**
 * Asks a web server for a file's length without reading it.
 *
 * @throws AlluviumError as {@linkcode fetchRange}
 */
export async function probeOrigin(
  url: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<OriginFile> {
  const stall = new AbortController();
  const guard = new StallGuard(clock, stall, url);
  try {
    const response = await ask(url, {
      headers: { ...IDENTITY, range: "bytes=0-0" },
      signal: AbortSignal.any([signal, stall.signal]),
    });
    await response.body?.cancel();
    checkStatus(response, url);
    const date = Date.parse(response.headers.get("date") ?? "");
    return {
      length: fileLength(response, url),
      type: response.headers.get("content-type") ?? undefined,
      dateMs: Number.isNaN(date) ? undefined : date,
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof AlluviumError ? error : unreachable(url, error);
  } finally {
    guard.stop();
  }
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw unreachable(url, error);
  }
}

function bodyOffset(response: Response, request: RangeFetch): number {
  const { url, start, length } = request;
  checkStatus(response, url);
  const found = fileLength(response, url);
  if (found !== length) {
    throw new AlluviumError(
      "media-changed",
      `Media file has changed: wanted ${length} bytes, the server has ${found}`,
      { url },
    );
  }
  if (response.status === 200) return 0;
  const range = response.headers.get("content-range") ?? "";
  if (range.startsWith(`bytes ${start}-`)) return start;
  throw new AlluviumError(
    "media-rejected",
    `Cannot use the media file: asked for byte ${start}, the server sent "${range}"`,
    { url },
  );
}

function checkStatus(response: Response, url: string): void {
  const { status } = response;
  if (status !== 200 && status !== 206) {
    // A server's trouble may pass; what it refuses it goes on refusing.
    const passing = status >= 500 || status === 408 || status === 429;
    throw new AlluviumError(
      passing ? "media-unreachable" : "media-rejected",
      `Cannot get the media file: the server answered ${status}`,
      { url },
    );
  }
  const type = response.headers.get("content-type") ?? "";
  if (/^text\/html\b/i.test(type)) {
    throw new AlluviumError(
      "media-rejected",
      "Cannot use the media file: the server sent a web page",
      { url },
    );
  }
}

/** The whole file's length by `Content-Range`, else by `Content-Length`. */
function fileLength(response: Response, url: string): number {
  const range = response.headers.get("content-range");
  const text = response.status === 206
    ? /^bytes \d+-\d+\/(\d+)$/.exec(range ?? "")?.[1]
    : response.headers.get("content-length");
  const length = Number(text ?? NaN);
  if (Number.isSafeInteger(length) && length > 0) return length;
  throw new AlluviumError(
    "media-rejected",
    "Cannot use the media file: the server does not say how long it is",
    { url },
  );
}

function tooShort(
  url: string,
  missing: number,
  cause?: unknown,
): AlluviumError {
  return new AlluviumError(
    "media-unreachable",
    `Cannot get the media file: the server ended ${missing} bytes early`,
    { url, cause },
  );
}

function unreachable(url: string, cause: unknown): AlluviumError {
  return new AlluviumError(
    "media-unreachable",
    "Cannot get the media file: the server does not answer",
    { url, cause },
  );
}

/** Ends a transfer in which nothing has come for a while. */
class StallGuard {
  #cancel: () => void = () => {};

  constructor(
    readonly clock: Clock,
    readonly controller: AbortController,
    readonly url: string,
  ) {
    this.progress();
  }

  progress(): void {
    this.#cancel();
    this.#cancel = this.clock.timer(FETCH_STALL_MS, () => {
      this.controller.abort(
        new AlluviumError(
          "media-unreachable",
          `Cannot get the media file: nothing came for ${
            FETCH_STALL_MS / 1000
          } s`,
          { url: this.url },
        ),
      );
    });
  }

  stop(): void {
    this.#cancel();
  }
}
