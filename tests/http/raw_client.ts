/**
 * A client that writes bytes, not requests: what a hostile or odd program does
 * to a front.
 *
 * @module
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One plain TCP connection to a port of this machine. */
export class RawClient implements Disposable {
  #text = "";
  #ended = false;

  private constructor(private readonly conn: Deno.TcpConn) {}

  /** Connects to 127.0.0.1. */
  static async open(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ port, hostname: "127.0.0.1" }));
  }

  /** Everything received so far, as UTF-8. */
  get text(): string {
    return this.#text;
  }

  /** Sends text; says nothing where the other side has closed. */
  send(text: string): Promise<void> {
    return this.sendBytes(encoder.encode(text));
  }

  /** Sends bytes; says nothing where the other side has closed. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    try {
      let at = 0;
      while (at < bytes.length) at += await this.conn.write(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return;
      if (error instanceof Deno.errors.ConnectionReset) return;
      throw error;
    }
  }

  /** Sends text one byte at a time, each in a packet of its own. */
  async sendByteByByte(text: string): Promise<void> {
    this.conn.setNoDelay(true);
    for (const character of text) await this.send(character);
  }

  /** Reads until the text received matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      if (!await this.#read()) {
        throw new Error(`Ended before ${pattern}: ${this.#text}`);
      }
    }
    return this.#text;
  }

  /** Reads until the other side closes or resets. */
  async toEnd(): Promise<string> {
    while (await this.#read());
    return this.#text;
  }

  /** Sends FIN, goes on reading. */
  closeWrite(): Promise<void> {
    return this.conn.closeWrite();
  }

  [Symbol.dispose](): void {
    this.conn.close();
  }

  async #read(): Promise<boolean> {
    if (this.#ended) return false;
    const buffer = new Uint8Array(65536);
    const count = await this.conn.read(buffer).catch(() => null);
    this.#ended = count === null;
    this.#text += decoder.decode(buffer.subarray(0, count ?? 0));
    return !this.#ended;
  }
}
