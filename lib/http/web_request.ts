/**
 * A `node:http` request as a web `Request`. Handlers then run in tests without a
 * socket.
 *
 * Promises: one Host, a path that begins with "/", and a body that ends with an
 * error as soon as it exceeds its limit. Whether the host is ours is decided
 * elsewhere.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { AlluviumError } from "../errors.ts";
import { HTTP_BODY_BYTES_MAX } from "../limits.ts";
import { type Authority, parseAuthority } from "./host_policy.ts";
import type { RequestHead } from "./plain_get.ts";

/** Where a request is addressed to. */
export interface Target {
  url: URL;
  /** What the client called us; undefined where it did not (HTTP/1.0). */
  authority: Authority | undefined;
}

/** Whether the head announces a body. */
export function hasBody(message: RequestHead): boolean {
  const length = message.headers["content-length"];
  return message.headers["transfer-encoding"] !== undefined ||
    (length !== undefined && Number(length) > 0);
}

/**
 * Reads the request target and the Host header. The absolute form names its own
 * host, which then counts.
 *
 * @throws AlluviumError `bad-request`
 */
export function targetOf(message: RequestHead): Target {
  const raw = message.url ?? "";
  const absolute = /^http:\/\/([^/?#]*)(.*)$/i.exec(raw);
  const named = absolute?.[1] ?? hostHeader(message);
  const authority = named === undefined ? undefined : parseAuthority(named);
  if (named !== undefined && authority === undefined) {
    throw new AlluviumError("bad-request", `Cannot read the host "${named}"`, {
      field: "Host",
    });
  }
  const path = raw === "*" ? "/*" : absolute?.[2] ?? raw;
  const url = URL.parse(`http://${named ?? localAuthority(message)}` + path);
  if (url === null || (path !== "" && !/^[/?]/.test(path))) {
    throw new AlluviumError("bad-request", `Cannot read the target "${raw}"`);
  }
  return { url, authority };
}

function hostHeader(message: RequestHead): string | undefined {
  const hosts = message.rawHeaders.filter((_, i, all) =>
    i % 2 === 1 && all[i - 1]?.toLowerCase() === "host"
  );
  if (hosts.length > 1) {
    throw new AlluviumError("bad-request", "Cannot serve two Host headers", {
      field: "Host",
    });
  }
  return hosts[0] === "" ? undefined : hosts[0];
}

function localAuthority(message: RequestHead): string {
  const { localAddress = "127.0.0.1", localPort = 80 } = message.socket;
  return localAddress.includes(":")
    ? `[${localAddress}]:${localPort}`
    : `${localAddress}:${localPort}`;
}

/**
 * Builds the web request.
 *
 * @throws AlluviumError `request-too-large` when the head announces more than HTTP_BODY_BYTES_MAX
 */
export function toWebRequest(
  message: RequestHead | IncomingMessage,
  url: URL,
  signal: AbortSignal,
): Request {
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.append(
      message.rawHeaders[i] ?? "",
      message.rawHeaders[i + 1] ?? "",
    );
  }
  const method = message.method ?? "GET";
  const bodyless = method === "GET" || method === "HEAD" || !hasBody(message);
  if (Number(message.headers["content-length"] ?? 0) > HTTP_BODY_BYTES_MAX) {
    throw tooLarge();
  }
  return new Request(url, {
    method,
    headers,
    signal,
    ...(bodyless || !(Symbol.asyncIterator in message)
      ? {}
      : { body: cappedBody(message), duplex: "half" }),
  });
}

/** The body as a stream that fails at HTTP_BODY_BYTES_MAX, and reads no further than it is read. */
function cappedBody(message: IncomingMessage): ReadableStream<Uint8Array> {
  let total = 0;
  const chunks: AsyncIterator<Uint8Array> = message[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) return controller.close();
      total += value.byteLength;
      if (total > HTTP_BODY_BYTES_MAX) return controller.error(tooLarge());
      controller.enqueue(new Uint8Array(value));
    },
  }, { highWaterMark: 0 });
}

function tooLarge(): AlluviumError {
  return new AlluviumError(
    "request-too-large",
    `Cannot take a request body of more than ${HTTP_BODY_BYTES_MAX} bytes`,
  );
}
