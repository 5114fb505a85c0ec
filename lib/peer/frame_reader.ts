/**
 * The frames of a WebSocket, as views of the buffer they were read into. A
 * buffer's size follows what comes at a time, so that a link that is at rest
 * costs little. One that is full is given back to its pool, which gives it again
 * when nobody keeps a view.
 *
 * @module
 */
import type { BufferPool } from "./buffer_pool.ts";

/** RFC 6455, 11.8. */
export const OPCODE = {
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** Bytes of the first buffer: a leaf, and what is said beside it. */
const BUFFER_BYTES_MIN = 32 * 1024;

/** Frames of control are no longer: RFC 6455, 5.5. */
const CONTROL_BYTES_MAX = 125;

/** What peers send. */
const OPCODES: ReadonlySet<number> = new Set(Object.values(OPCODE));

/** RFC 6455, 5.2. */
export const MASK_BYTES = 4;

/** Less room than this is not worth a read. */
const ROOM_BYTES_MIN = 4 * 1024;

/** A whole frame. */
export interface Frame {
  opcode: number;
  payload: Uint8Array;
}

/** Takes bytes, gives frames. */
export class FrameReader {
  #buffer: Uint8Array;
  #start = 0;
  #end = 0;
  /** Of the next buffer: larger after a read that filled its room, smaller after one of little. */
  #size = BUFFER_BYTES_MIN;
  /** Bytes that the frame at the start has, as far as its head tells. */
  #wanted = 0;
  /** Bytes that there was room for. */
  #room = 0;
  /** Bytes of the last whole frame. */
  #last = 0;

  /**
   * @param payloadBytesMax of one frame
   * @param masked whether frames must be masked, as a client's, or must not be
   * @param pool of the buffers; the largest hold more than one frame
   * @param head bytes that were read before
   */
  constructor(
    readonly payloadBytesMax: number,
    readonly masked: boolean,
    readonly pool: BufferPool,
    head: Uint8Array,
  ) {
    const size = Math.max(BUFFER_BYTES_MIN, head.length);
    this.#buffer = pool.take(size);
    this.#buffer.set(head);
    this.#end = head.length;
  }

  /** Where the next bytes are to be read into; never empty. */
  room(): Uint8Array {
    const left = this.#buffer.length - this.#start;
    const hasBegun = this.#start < this.#end;
    const next = Math.max(ROOM_BYTES_MIN, this.#isLarge ? this.#last : 0);
    if (left < (hasBegun ? this.#wanted : next)) this.#renew();
    const room = this.#buffer.subarray(this.#end, this.#roomEnd());
    this.#room = room.length;
    return room;
  }

  /** So many bytes were read into the room. */
  filled(count: number): void {
    this.#end += count;
    if (count === this.#room) {
      this.#size = Math.min(this.#size * 2, this.pool.size);
    } else if (count < this.#size / 8) {
      this.#size = Math.max(this.#size / 2, BUFFER_BYTES_MIN);
    }
  }

  /**
   * The next whole frame.
   *
   * @throws {RangeError} for what no peer sends there, and for what is too long
   */
  next(): Frame | undefined {
    const [buffer, start] = [this.#buffer, this.#start];
    const available = this.#end - start;
    this.#wanted = 2;
    if (available < 2) return undefined;
    const [first, second] = [buffer[start]!, buffer[start + 1]!];
    const [opcode, short] = [first & 15, second & 127];
    // Final, no extension bits, and masked as it should be.
    const isOdd = (first & 0xf0) !== 0x80 || second >= 0x80 !== this.masked;
    const isLong = opcode !== OPCODE.binary && short > CONTROL_BYTES_MAX;
    if (isOdd || isLong || !OPCODES.has(opcode)) {
      throw new RangeError("A frame that no peer sends");
    }
    const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
    const headBytes = 2 + lengthBytes + (this.masked ? MASK_BYTES : 0);
    this.#wanted = headBytes;
    if (available < headBytes) return undefined;
    const length = short < 126 ? short : this.#length(start + 2, lengthBytes);
    if (length > this.payloadBytesMax) throw new RangeError("A frame too long");
    this.#wanted = headBytes + length;
    if (available < this.#wanted) return undefined;
    this.#start += this.#wanted;
    this.#last = this.#wanted;
    const payload = buffer.subarray(start + headBytes, this.#start);
    if (this.masked) {
      maskBytes(
        payload,
        buffer.slice(start + headBytes - MASK_BYTES, start + headBytes),
      );
    }
    return { opcode, payload };
  }

  get #isLarge(): boolean {
    return this.#buffer.length === this.pool.size;
  }

  /**
   * Room in a large buffer ends where a frame does, if frames go on as the last
   * one was: what has begun when a buffer is full is copied to the next.
   */
  #roomEnd(): number {
    const { length } = this.#buffer;
    const frame = Math.max(this.#wanted, this.#last);
    const frames = Math.floor((length - this.#start) / frame);
    const end = this.#start + frames * frame;
    return this.#isLarge && end > this.#end ? end : length;
  }

  #length(at: number, bytes: number): number {
    const view = new DataView(this.#buffer.buffer);
    return bytes === 2 ? view.getUint16(at) : Number(view.getBigUint64(at));
  }

  /** Goes on in another buffer, with what has begun. */
  #renew(): void {
    const begun = this.#buffer.subarray(this.#start, this.#end);
    const size = Math.max(this.#size, this.#wanted + ROOM_BYTES_MIN);
    this.pool.spend(begun);
    this.#buffer = this.pool.take(size);
    this.#buffer.set(begun);
    this.#start = 0;
    this.#end = begun.length;
  }
}

/**
 * Masks, or unmasks, in place: RFC 6455, 5.3. A key of zeros is no work.
 *
 * @param key MASK_BYTES of them
 */
export function maskBytes(payload: Uint8Array, key: Uint8Array): void {
  if (key.every((byte) => byte === 0)) return;
  for (let i = 0; i < payload.length; i++) payload[i]! ^= key[i & 3]!;
}
