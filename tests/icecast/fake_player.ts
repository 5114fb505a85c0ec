/**
 * A player without a network: a stream that keeps what it is sent, and can stop
 * reading.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** As much of a socket as a listener touches. */
export class FakePlayer extends Duplex {
  #received: Uint8Array[] = [];
  #reading = true;
  #waiting: (() => void) | undefined;

  /** @param bufferBytes what fits into the socket before it says it is full */
  constructor(bufferBytes = 16 * 1024) {
    super({ writableHighWaterMark: bufferBytes });
  }

  /** Everything read so far. */
  get received(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#received));
  }

  /** Stops reading: what is sent from here on stays in the socket. */
  stall(): void {
    this.#reading = false;
  }

  /** Reads on. */
  resumeReading(): void {
    this.#reading = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  override _read(): void {}

  override _write(
    bytes: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    const take = () => {
      this.#received.push(bytes);
      done();
    };
    if (this.#reading) take();
    else this.#waiting = take;
  }
}
