/**
 * Looks at a connection's first bytes before HTTP does. Icecast sources are not
 * proper HTTP (`SOURCE /x ICE/1.0`, no length, an answer before the body), so
 * whoever speaks for them takes such connections here.
 *
 * Promises: the connection's head time limit runs on while a sniffer wants more;
 * it never sees more than HTTP_HEAD_BYTES_MAX; HTTP gets every byte.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { HTTP_HEAD_BYTES_MAX } from "../limits.ts";
import { type Connection, refuse } from "./connection.ts";

/** Who sent the bytes. */
export interface SniffedClient {
  /** IP literal of the connection itself, IPv6 without brackets. */
  remoteAddress: string;
  /** 0 where unknown. */
  remotePort: number;
}

/** Chooses connections by their first bytes. */
export interface Sniffer {
  /**
   * Pure. "mine" may wait for the whole head by "more", which is within the
   * head's time limit.
   *
   * @param bytes everything received so far, at least one byte
   */
  look(bytes: Uint8Array): "http" | "more" | "mine";
  /** Becomes the owner of the socket, `first` having been read from it. */
  take(socket: Duplex, first: Uint8Array, client: SniffedClient): void;
}

/** Asks the sniffer, then hands the connection on; without one, at once. */
export function sniffFirst(
  connection: Connection,
  sniffer: Sniffer | undefined,
  toHttp: () => void,
): void {
  if (sniffer === undefined) return toHttp();
  const socket = connection.socket;
  let bytes = new Uint8Array(0);
  const onData = (chunk: Uint8Array) => {
    bytes = concat(bytes, chunk);
    const verdict = sniffer.look(bytes);
    if (verdict === "more" && bytes.length < HTTP_HEAD_BYTES_MAX) return;
    socket.off("data", onData).off("end", onEnd);
    if (verdict === "http") {
      // Not unshift(): Deno 2.9's parser reads the handle itself and would see
      // what comes next before what was put back.
      toHttp();
      socket.emit("data", Buffer.from(bytes.buffer));
    } else if (verdict === "mine") {
      connection.take();
      const { remoteAddress } = connection;
      sniffer.take(socket, bytes, {
        remoteAddress,
        remotePort: socket.remotePort ?? 0,
      });
    } else {
      refuse(socket, "431 Request Header Fields Too Large");
    }
  };
  const onEnd = () => socket.destroy();
  socket.on("data", onData).on("end", onEnd);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
