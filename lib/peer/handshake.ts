/**
 * How a link begins, at either end: the handshake of a WebSocket (RFC 6455, 4),
 * without extensions and subprotocols.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { UpgradeRequest } from "../http/route.ts";
import { HTTP_HEAD_BYTES_MAX } from "../limits.ts";
import { inUrl } from "../swarm/address_space.ts";
import {
  type Connection,
  NodeConnection,
  TcpConnection,
} from "./connection.ts";

/** RFC 6455, 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Where to dial. */
export interface DialPlace {
  /** Name or address, without brackets. */
  host: string;
  port: number;
  path: string;
}

/** A connection whose handshake is done. */
export interface Opened {
  connection: Connection;
  /** What came after the handshake. */
  head: Uint8Array;
}

/**
 * Dials and asks for the upgrade.
 *
 * @param signal gives up
 * @throws if nobody answers, or not as a WebSocket does
 */
export async function dialWebSocket(
  { host, port, path }: DialPlace,
  signal: AbortSignal,
): Promise<Opened> {
  const tcp = await Deno.connect({ hostname: host, port, signal });
  const connection = new TcpConnection(tcp);
  const giveUp = () => connection.close();
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp);
  try {
    const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
    await connection.write([lines(
      `GET ${path} HTTP/1.1`,
      `Host: ${inUrl(host)}:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${key}`,
      "Sec-WebSocket-Version: 13",
    )]);
    const { status, headers, rest } = await readHead(connection);
    const accepted = headers.get("sec-websocket-accept");
    if (status !== 101 || accepted !== answerTo(key)) {
      throw new TypeError("This is no WebSocket of a peer");
    }
    return { connection, head: rest };
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/**
 * Answers a request for an upgrade.
 *
 * @param signal gives up
 * @throws if the connection has ended
 */
export async function answerWebSocket(
  { socket, head, key }: UpgradeRequest,
  signal: AbortSignal,
): Promise<Opened> {
  const connection = new NodeConnection(socket, head);
  const giveUp = () => connection.close();
  signal.addEventListener("abort", giveUp);
  try {
    await connection.write([lines(
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${answerTo(key)}`,
    )]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  return { connection, head: new Uint8Array() };
}

/** RFC 6455, 4.2.2. */
function answerTo(key: string): string {
  return createHash("sha1").update(key + ACCEPT_GUID).digest("base64");
}

function lines(...head: string[]): Uint8Array {
  return new TextEncoder().encode([...head, "", ""].join("\r\n"));
}

/** The head of an HTTP answer. */
interface Head {
  status: number;
  headers: Headers;
  /** Bytes that came after it. */
  rest: Uint8Array;
}

/** @throws {RangeError} if there is none, or it is too long */
async function readHead(connection: Connection): Promise<Head> {
  const buffer = new Uint8Array(HTTP_HEAD_BYTES_MAX);
  for (let end = 0;;) {
    const count = await connection.read(buffer.subarray(end));
    if (!count) throw new RangeError("No head of an answer");
    end += count;
    const bytes = buffer.subarray(0, end);
    const text = new TextDecoder("latin1").decode(bytes);
    const length = text.indexOf("\r\n\r\n");
    if (length < 0) continue;
    return parseHead(text.slice(0, length), bytes.slice(length + 4));
  }
}

function parseHead(text: string, rest: Uint8Array): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1));
  }
  return { status, headers, rest };
}
