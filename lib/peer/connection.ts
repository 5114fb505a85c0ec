/**
 * What a link is carried by: a TCP connection that we dialled, or one that came
 * in by the peer port.
 *
 * @module
 */
import type { Duplex } from "node:stream";

/** A connection. For one reader and one writer. */
export interface Connection {
  /**
   * Reads what has come.
   *
   * @param into not empty
   * @returns bytes read, at least one; null at the end
   */
  read(into: Uint8Array): Promise<number | null>;
  /** Resolves when the system has taken all parts, in order. */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /** Says that nothing more is written; what was is still read over there. */
  end(): void;
  /** Ends it at once; a read or write under way ends or fails. */
  close(): void;
}

/** One that Deno dialled. */
export class TcpConnection implements Connection {
  /** @param tcp its owner from now on */
  constructor(readonly tcp: Deno.TcpConn) {
    tcp.setNoDelay(true);
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.tcp.read(into);
  }

  async write(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      for (let at = 0; at < part.length;) {
        at += await this.tcp.write(at === 0 ? part : part.subarray(at));
      }
    }
  }

  end(): void {
    // Where it has ended by itself, a read tells.
    void this.tcp.closeWrite().catch(() => {});
  }

  close(): void {
    try {
      this.tcp.close();
    } catch {
      // It has ended by itself.
    }
  }
}

/** Bytes that are taken from a socket ahead of a reader. */
const AHEAD_BYTES = 256 * 1024;

/** One that node:http took in. Its chunks are copied where they are wanted, once. */
export class NodeConnection implements Connection {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isOver = false;
  #wake = () => {};

  /**
   * @param socket its owner from now on
   * @param head what has been read from it already
   */
  constructor(readonly socket: Duplex, head: Uint8Array) {
    if (head.length > 0) this.#came(head);
    socket.on("data", (chunk: Uint8Array) => this.#came(chunk));
    for (const end of ["end", "close", "error"]) {
      socket.on(end, () => this.#end());
    }
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    let count = 0;
    while (count < into.length && this.#chunks.length > 0) {
      const chunk = this.#chunks[0]!;
      const part = chunk.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#bytes -= count;
    if (this.#bytes < AHEAD_BYTES) this.socket.resume();
    return count;
  }

  write(parts: readonly Uint8Array[]): Promise<void> {
    const { socket } = this;
    return new Promise((resolve, reject) => {
      socket.cork();
      for (const part of parts.slice(0, -1)) socket.write(part);
      socket.write(parts.at(-1), (error) => error ? reject(error) : resolve());
      socket.uncork();
    });
  }

  end(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  #came(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= AHEAD_BYTES) this.socket.pause();
    this.#wake();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
