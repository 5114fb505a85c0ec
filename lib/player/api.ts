/**
 * The player page and the API it reads, as routes of the front port:
 *
 *     GET    /                 the page
 *     GET    /api/status       everything the page shows
 *     POST   /api/stations     {"url": …}: tune in
 *     DELETE /api/stations/:name
 *
 * Changes need the token that is written into the page, so that only a page of
 * ours can ask for them; the front itself refuses other sites' pages and other
 * hosts' names. The token goes only to pages opened on this machine: whoever
 * else is on the network may listen, not change the station.
 *
 * Tuning itself is the host's part ({@linkcode PlayerHost}).
 *
 * @module
 */
import { timingSafeEqual } from "@std/crypto";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { checkOrigin } from "../http/host_policy.ts";
import type { RequestInfo, Route } from "../http/route.ts";
import { STATION_REQUEST_BYTES_MAX, STATION_URL_MAX } from "../limits.ts";
import { page } from "./page.ts";
import type { StationStatus, Status } from "./status.ts";

/** Whoever tunes stations for the page. */
export interface PlayerHost {
  /** Everything the page shows. */
  status(): Status;
  /**
   * Tunes in; a station that is tuned already is only told about.
   *
   * @throws AlluviumError why the playlist cannot be played
   */
  tune(url: string): Promise<StationStatus>;
  /** Stops a station. False where there is none of that name. */
  remove(name: string): Promise<boolean>;
}

/** What the routes work with. */
export interface PlayerRoutesOptions {
  host: PlayerHost;
  /** At least 16 random bytes as text; never shown to other machines. */
  token: string;
  /** A fresh number for each page, for its content security policy. */
  nonce(): string;
  /** Whether a request comes from this machine. */
  isLocal(info: RequestInfo): boolean;
}

/** The header that carries the token. */
export const TOKEN_HEADER = "x-alluvium-token";

/** The routes of the page and its API. */
export function playerRoutes(options: PlayerRoutesOptions): Route[] {
  const { host } = options;
  return [
    {
      method: "GET",
      path: "/",
      handle: (_request, info) => pageResponse(options, info),
    },
    {
      method: "GET",
      path: "/api/status",
      handle: () => json(host.status()),
    },
    {
      method: "POST",
      path: "/api/stations",
      handle: async (request, info) => {
        checkChange(request, info, options);
        return json(await tuned(host, await stationUrl(request)), 201);
      },
    },
    {
      method: "DELETE",
      path: "/api/stations/:name",
      handle: async (request, info) => {
        checkChange(request, info, options);
        return await removed(host, info.params.name ?? "");
      },
    },
  ];
}

function pageResponse(
  options: PlayerRoutesOptions,
  info: RequestInfo,
): Response {
  const nonce = options.nonce();
  const token = options.isLocal(info) ? options.token : "";
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "media-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return new Response(page({ nonce, token }), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": policy.join("; "),
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}

/** Tunes in; a failure tells its place in its message, for a person reads it. */
async function tuned(host: PlayerHost, url: string): Promise<StationStatus> {
  try {
    return await host.tune(url);
  } catch (thrown) {
    const error = toAlluviumError(thrown);
    throw new AlluviumError(error.code, error.describe(), { cause: error });
  }
}

async function removed(host: PlayerHost, name: string): Promise<Response> {
  if (await host.remove(decoded(name))) {
    return new Response(null, { status: 204 });
  }
  throw new AlluviumError("not-found", "Cannot remove the station: not tuned");
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function checkChange(
  request: Request,
  info: RequestInfo,
  options: PlayerRoutesOptions,
): void {
  checkOrigin(request);
  const given = request.headers.get(TOKEN_HEADER) ?? "";
  if (options.isLocal(info) && isSame(given, options.token)) return;
  throw new AlluviumError(
    "forbidden",
    "Cannot change stations: wanted the page's token, open the page on this machine again",
    { field: TOKEN_HEADER },
  );
}

function isSame(given: string, wanted: string): boolean {
  const encoder = new TextEncoder();
  const a = encoder.encode(given);
  const b = encoder.encode(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
}

async function stationUrl(request: Request): Promise<string> {
  const text = await boundedText(request);
  let url: unknown;
  try {
    url = (JSON.parse(text) as { url?: unknown } | null)?.url;
  } catch (cause) {
    throw new AlluviumError("bad-request", "Cannot read the body: not JSON", {
      cause,
    });
  }
  if (typeof url === "string" && url !== "" && url.length <= STATION_URL_MAX) {
    return webAddress(url.trim());
  }
  throw new AlluviumError(
    "bad-request",
    `Cannot tune in: wanted an address of at most ${STATION_URL_MAX} characters`,
    { field: "url" },
  );
}

/** A page may name web addresses only: files of this machine are the command line's. */
function webAddress(text: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    ? text
    : `https://${text}`;
  const url = URL.parse(address);
  if (url && (url.protocol === "http:" || url.protocol === "https:")) {
    return url.href;
  }
  throw new AlluviumError(
    "bad-request",
    "Cannot tune in: wanted an http or https address",
    { field: "url" },
  );
}

async function boundedText(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of request.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > STATION_REQUEST_BYTES_MAX) {
      throw new AlluviumError(
        "request-too-large",
        `Cannot read the body: wanted at most ${STATION_REQUEST_BYTES_MAX} bytes`,
      );
    }
  }
  return text + decoder.decode();
}

function json(document: unknown, status = 200): Response {
  return Response.json(document, {
    status,
    headers: { "cache-control": "no-store" },
  });
}
