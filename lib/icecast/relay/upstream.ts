/**
 * Asks another server for a mount: `GET`, HTTP/1.0, `Icy-MetaData: 1`, as
 * Icecast's own relays ask. Redirects are followed; `ICY 200 OK` is understood,
 * which no HTTP library takes.
 *
 * @module
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../../clock.ts";
import { AlluviumError } from "../../errors.ts";
import {
  UPSTREAM_HEAD_BYTES_MAX,
  UPSTREAM_HEAD_MS_MAX,
  UPSTREAM_REDIRECTS_MAX,
} from "../../limits.ts";
import { SERVER_NAME } from "../response_head.ts";
import { asLatin1, headBytes, parseHeaderLines } from "../source/head.ts";
import { decodeText } from "../charset.ts";

/** A stream that has begun. */
export interface Upstream {
  /** Paused; its first bytes have been read. */
  socket: Socket;
  /** Bytes of the stream that came with the head. */
  first: Uint8Array;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
  /** Where it was found in the end. */
  url: URL;
}

/** How to ask. */
export interface UpstreamOptions {
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Opens an upstream.
 *
 * @throws AlluviumError `media-unreachable` where there is no stream
 */
export async function openUpstream(
  start: URL,
  options: UpstreamOptions,
): Promise<Upstream> {
  let url = start;
  for (let hop = 0; hop <= UPSTREAM_REDIRECTS_MAX; hop++) {
    const answer = await ask(url, options);
    if (answer.status === 200) return { ...answer, url };
    answer.socket.destroy();
    const location = answer.headers.get("location");
    const next = location === undefined ? null : URL.parse(location, url);
    const isRedirect = answer.status >= 300 && answer.status < 400;
    if (!isRedirect || next === null || !/^https?:$/.test(next.protocol)) {
      throw unreachable(start, `it answered ${answer.status}`);
    }
    url = next;
  }
  throw unreachable(start, "it leads in circles");
}

interface Answer extends Omit<Upstream, "url"> {
  status: number;
}

function ask(url: URL, { clock, signal }: UpstreamOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = dial(url);
    let bytes: Uint8Array = new Uint8Array(0);
    const done = (finish: () => void) => {
      cancel();
      signal.removeEventListener("abort", onAbort);
      socket.off("data", onData).off("close", onClose).off("error", onError);
      socket.on("error", () => socket.destroy());
      finish();
    };
    const fail = (why: string) =>
      done(() => {
        socket.destroy();
        reject(unreachable(url, why));
      });
    const onAbort = () => fail("it is no longer wanted");
    const onError = (error: Error) => fail(error.message);
    const onClose = () => fail("it closed the connection");
    const onData = (more: Uint8Array) => {
      bytes = joined(bytes, more);
      const length = headBytes(bytes);
      if (length !== undefined) {
        socket.pause();
        done(() => resolve(answerOf(socket, bytes, length)));
      } else if (bytes.length > UPSTREAM_HEAD_BYTES_MAX) {
        fail("its answer has no end");
      }
    };
    const cancel = clock.timer(
      UPSTREAM_HEAD_MS_MAX,
      () => fail("it did not answer in time"),
    );
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("data", onData).on("close", onClose).on("error", onError);
    socket.write(requestFor(url));
    if (signal.aborted) onAbort();
  });
}

function dial(url: URL): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  return url.protocol === "https:"
    ? connectTls({ host, port, servername: host })
    : connectPlain(port, host);
}

function requestFor(url: URL): string {
  const login = url.username === "" ? [] : [
    `Authorization: Basic ${
      btoa(
        `${decodeURIComponent(url.username)}:${
          decodeURIComponent(url.password)
        }`,
      )
    }`,
  ];
  return [
    `GET ${url.pathname}${url.search} HTTP/1.0`,
    `Host: ${url.host}`,
    `User-Agent: ${SERVER_NAME}`,
    "Icy-MetaData: 1",
    ...login,
    "",
    "",
  ].join("\r\n");
}

function answerOf(socket: Socket, bytes: Uint8Array, length: number): Answer {
  const head = bytes.subarray(0, length);
  const [, status] = /^(?:HTTP\/\d\.\d|ICY) (\d{3})/.exec(asLatin1(head)) ?? [];
  const lines = decodeText(head).split(/\r?\n/).slice(1);
  return {
    socket,
    status: Number(status ?? 0),
    headers: parseHeaderLines(lines),
    first: bytes.slice(length),
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function unreachable(url: URL, why: string): AlluviumError {
  const shown = new URL(url);
  shown.username = shown.password = "";
  return new AlluviumError(
    "media-unreachable",
    `Cannot relay the stream: ${why}`,
    { url: shown.href },
  );
}
