/**
 * One guarded request to an origin: every hop checked, its address pinned, its
 * time bounded. `fetch` has no hook for the address, so this is `node:http`.
 *
 * Promises: an answer whose head came in time, after at most
 * GATEWAY_REDIRECTS_MAX redirects, from one of the first GATEWAY_ADDRESSES_MAX
 * addresses of each name; a body that ends with an error when it pauses for
 * GATEWAY_IDLE_MS_MAX or breaks off. What the answer means is the caller's part;
 * so is closing it.
 *
 * @module
 */
import * as http from "node:http";
import * as https from "node:https";
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import {
  GATEWAY_ADDRESSES_MAX,
  GATEWAY_CONNECT_MS_MAX,
  GATEWAY_HEAD_MS_MAX,
  GATEWAY_IDLE_MS_MAX,
  GATEWAY_NAME_MS_MAX,
  GATEWAY_REDIRECTS_MAX,
} from "../limits.ts";
import {
  bareHost,
  checkAddresses,
  checkUrl,
  type GuardPolicy,
  type Resolver,
} from "./guard.ts";

/** What requests are made with. */
export interface OriginAccess {
  policy: GuardPolicy;
  resolve: Resolver;
  clock: Clock;
}

/** A request. */
export interface OriginRequest {
  url: string;
  method: "GET" | "HEAD";
  /** Besides those every request carries. */
  headers?: Record<string, string>;
  signal: AbortSignal;
}

/** An answer, its body not yet read. */
export interface OriginAnswer {
  /** Where it came from, after redirects. */
  url: string;
  status: number;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  /** The body; ends with an AlluviumError `media-unreachable` if it breaks off. */
  body(): AsyncGenerator<Uint8Array>;
  /** Ends the connection, read or not. */
  close(): void;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Nobody took the connection at that address. */
const NOT_TAKEN = [
  ...["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"],
  "ETIMEDOUT",
];

/**
 * Asks.
 *
 * @throws {AlluviumError} `url-forbidden` from the guard, `media-unreachable` if
 *   no answer comes
 * @throws the signal's reason when it aborts
 */
export async function askOrigin(
  request: OriginRequest,
  access: OriginAccess,
): Promise<OriginAnswer> {
  let url = checkUrl(request.url, access.policy);
  for (let hops = 0;; hops++) {
    const addresses = await addressesOf(url, access, request.signal);
    const answer = await askAny(url, addresses, request, access.clock);
    const target = answer.header("location");
    if (!REDIRECTS.has(answer.status) || target === undefined) return answer;
    answer.close();
    if (hops === GATEWAY_REDIRECTS_MAX) {
      throw unreachable(request.url, "it redirects too often");
    }
    url = checkUrl(URL.parse(target, url)?.href ?? target, access.policy);
  }
}

/** The checked addresses of a URL, in time. */
async function addressesOf(
  url: URL,
  { policy, resolve, clock }: OriginAccess,
  signal: AbortSignal,
): Promise<string[]> {
  signal.throwIfAborted();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = clock.timer(GATEWAY_NAME_MS_MAX, () => {
    reject(new Error(`no answer within ${GATEWAY_NAME_MS_MAX / 1000} s`));
  });
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const inTime: Resolver = (host) => Promise.race([resolve(host), late]);
    return await checkAddresses(url, policy, inTime);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Tries one address after the other until one takes the connection. */
async function askAny(
  url: URL,
  addresses: string[],
  request: OriginRequest,
  clock: Clock,
): Promise<OriginAnswer> {
  let failure: unknown;
  const tried = addresses.slice(0, GATEWAY_ADDRESSES_MAX);
  for (const address of tried) {
    const connectMs = address === tried.at(-1)
      ? GATEWAY_HEAD_MS_MAX
      : GATEWAY_CONNECT_MS_MAX;
    try {
      return await askOne(url, { address, connectMs }, request, clock);
    } catch (error) {
      request.signal.throwIfAborted();
      failure = error;
      if (!isRefused(error)) break;
    }
  }
  if (failure instanceof AlluviumError) throw failure;
  const why = failure instanceof Error ? failure.message : String(failure);
  throw unreachable(url.href, why, failure);
}

function isRefused(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? "";
  return NOT_TAKEN.includes(code);
}

function askOne(
  url: URL,
  { address, connectMs }: { address: string; connectMs: number },
  request: OriginRequest,
  clock: Clock,
): Promise<OriginAnswer> {
  const secure = url.protocol === "https:";
  const { promise, resolve, reject } = Promise.withResolvers<OriginAnswer>();
  const sent = (secure ? https : http).request({
    method: request.method,
    protocol: url.protocol,
    host: secure ? bareHost(url) : address,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    headers: {
      host: url.host,
      "user-agent": "Alluvium",
      accept: "*/*",
      // Compressed bytes would be other bytes, with another hash.
      "accept-encoding": "identity",
      connection: "close",
      ...request.headers,
    },
    agent: false,
    lookup: pinned(address),
  });
  const end = (why: string) => sent.destroy(unreachable(url.href, why));
  const cancel = clock.timer(GATEWAY_HEAD_MS_MAX, () => {
    end(`no answer within ${GATEWAY_HEAD_MS_MAX / 1000} s`);
  });
  const onAbort = () => sent.destroy(request.signal.reason);
  request.signal.addEventListener("abort", onAbort, { once: true });
  const cancelConnect = clock.timer(connectMs, () => {
    sent.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
  });
  sent.on("socket", (socket) => socket.once("connect", cancelConnect));
  const settle = () => {
    cancel();
    cancelConnect();
    request.signal.removeEventListener("abort", onAbort);
  };
  sent.on("error", (error) => {
    settle();
    reject(error);
  });
  sent.on("response", (message) => {
    settle();
    resolve(answerOf(url, message, sent, request.signal, clock));
  });
  sent.end();
  return promise;
}

/** A `lookup` that knows one answer. */
function pinned(address: string): http.RequestOptions["lookup"] {
  const family = address.includes(":") ? 6 : 4;
  return (_host, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function answerOf(
  url: URL,
  message: http.IncomingMessage,
  sent: http.ClientRequest,
  signal: AbortSignal,
  clock: Clock,
): OriginAnswer {
  // What breaks off later is told to whoever reads the body.
  message.on("error", () => {});
  return {
    url: url.href,
    status: message.statusCode ?? 0,
    header(name) {
      const value = message.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: () => bodyOf(url, message, sent, signal, clock),
    close() {
      message.destroy();
      sent.destroy();
    },
  };
}

async function* bodyOf(
  url: URL,
  message: http.IncomingMessage,
  sent: http.ClientRequest,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  let idle = false;
  const watch = () =>
    clock.timer(GATEWAY_IDLE_MS_MAX, () => {
      idle = true;
      message.destroy();
    });
  let cancel = watch();
  const onAbort = () => message.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    for await (const bytes of message) {
      cancel();
      yield bytes as Uint8Array;
      cancel = watch();
    }
    if (!message.complete) throw new Error("the connection broke off");
  } catch (error) {
    signal.throwIfAborted();
    const why = idle
      ? `nothing came for ${GATEWAY_IDLE_MS_MAX / 1000} s`
      : "the connection broke off";
    throw unreachable(url.href, why, error);
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
    message.destroy();
    sent.destroy();
  }
}

function unreachable(
  url: string,
  why: string,
  cause?: unknown,
): AlluviumError {
  return new AlluviumError(
    "media-unreachable",
    `Cannot fetch the media file: ${why}`,
    { url, cause },
  );
}
