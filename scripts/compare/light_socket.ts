/**
 * A WebSocket client as light as can be, so that thousands of them cost less
 * than the server they are to measure: text frames only, masked with zeros, and
 * what comes is handed on undecoded. It trusts the server; for measuring only.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createConnection, type Socket } from "node:net";

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Where a socket goes, and from which address. */
export interface LightSocketOptions {
  port: number;
  path: string;
  /** An address of this machine: `127.x.y.z`, one per client. */
  localAddress: string;
  /** @default {"127.0.0.1"} */
  host?: string;
  /** More headers of the handshake. @default {{}} */
  headers?: Record<string, string>;
  /** A text frame's payload; valid during the call only. */
  text(payload: Buffer): void;
  /** The connection has ended, by whomever. */
  closed?(): void;
}

/** An open WebSocket. */
export class LightSocket {
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #open = false;

  private constructor(
    private readonly options: LightSocketOptions,
    socket: Socket,
  ) {
    this.#socket = socket;
  }

  /**
   * Connects.
   *
   * @throws {Error} if the server does not answer with 101
   */
  static connect(options: LightSocketOptions): Promise<LightSocket> {
    const { port, path, localAddress, host = "127.0.0.1" } = options;
    const more = Object.entries(options.headers ?? {})
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const socket = createConnection({ port, host, localAddress });
    const self = new LightSocket(options, socket);
    socket.setNoDelay(true);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
        `Connection: Upgrade\r\nUpgrade: websocket\r\n${more}` +
        "Sec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    return new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => {
        reject(new Error("closed before it was open"));
        options.closed?.();
      });
      socket.on("data", (data: Buffer) => self.#take(data, resolve, reject));
    });
  }

  /** Sends a text frame. */
  send(text: string): void {
    this.#frame(TEXT, Buffer.from(text));
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Whether anything can be sent. */
  get writable(): boolean {
    return this.#socket.writable;
  }

  /** Hangs up without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  #frame(opcode: number, payload: Uint8Array): void {
    const { length } = payload;
    const long = length > 125;
    const frame = Buffer.alloc((long ? 8 : 6) + length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (long ? 126 : length);
    if (long) frame.writeUInt16BE(length, 2);
    frame.set(payload, frame.length - length);
    this.#socket.write(frame);
  }

  #take(
    data: Buffer,
    opened: (self: LightSocket) => void,
    failed: (error: Error) => void,
  ): void {
    let bytes = this.#rest === undefined
      ? data
      : Buffer.concat([this.#rest, data]);
    if (!this.#open) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return void (this.#rest = bytes);
      const head = bytes.subarray(0, end).toString("latin1");
      if (!head.startsWith("HTTP/1.1 101 ")) {
        failed(new Error(head.split("\r\n")[0]));
        return this.destroy();
      }
      this.#open = true;
      bytes = bytes.subarray(end + 4);
      opened(this);
    }
    this.#rest = this.#frames(bytes);
  }

  /** Hands whole frames on; what is left of the last one. */
  #frames(bytes: Buffer): Buffer | undefined {
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]! & 0x7f;
      const head = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (bytes.length - at < head) break;
      const length = short === 127
        ? Number(bytes.readBigUInt64BE(at + 2))
        : short === 126
        ? bytes.readUInt16BE(at + 2)
        : short;
      const end = at + head + length;
      if (end > bytes.length) break;
      const payload = bytes.subarray(at + head, end);
      const opcode = bytes[at]! & 0x0f;
      if (opcode === TEXT) this.options.text(payload);
      else if (opcode === PING) this.#frame(PONG, payload);
      else if (opcode === CLOSE) this.destroy();
      at = end;
    }
    return at === bytes.length ? undefined : Buffer.from(bytes.subarray(at));
  }
}
