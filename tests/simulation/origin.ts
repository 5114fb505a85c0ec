/**
 * The model of an origin web server: one line of a fixed rate that all its
 * transfers share evenly, 16 KiB at a time. Asked for more than it gives, it
 * answers everybody late. It can be dead for a while, spoil a byte, or know no
 * Range.
 *
 * @module
 */
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { SimulatedFile } from "./file.ts";
import { latencyMs, type Line } from "./network.ts";
import type { Timeline } from "./timeline.ts";

/** Who asked, and what for. */
export interface OriginRequest {
  line: Line;
  /** It goes to a liar. */
  wasted: boolean;
  file: SimulatedFile;
  /** First byte, and the byte after the last. */
  start: number;
  end: number;
  started(offset: number): void;
  data(bytes: Uint8Array): void;
  /** The transfer is over, whole or not. */
  ended(): void;
}

interface Transfer extends OriginRequest {
  at: number;
  aborted: boolean;
  /** When all that was sent is there: the end of a file is small and must not overtake. */
  throughMs: number;
}

/** The server of all files. */
export class SimulatedOrigin {
  /** False: connections are refused, transfers break off. */
  alive = true;
  /** False: every answer is the whole file. */
  ranges = true;
  /** Byte of the file that comes out wrong; none by default. */
  spoiledByte = -1;
  /** Bytes sent. */
  sentBytes = 0;
  /** Of those, to listeners that nobody may count on. */
  wastedBytes = 0;
  /** Requests answered. */
  requests = 0;
  /** Most transfers at a time. */
  busiest = 0;
  readonly #transfers: Transfer[] = [];
  #sending = false;

  constructor(readonly time: Timeline, readonly line: Line) {}

  /** Asks for a range; returns a function that gives it up. */
  get(request: OriginRequest): () => void {
    const transfer = {
      ...request,
      at: request.start,
      aborted: false,
      throughMs: 0,
    };
    // A connection, then the request on it.
    const wayMs = latencyMs(request.line, this.line);
    this.time.after(3 * wayMs, () => this.#begin(transfer, wayMs));
    return () => transfer.aborted = true;
  }

  #begin(transfer: Transfer, wayMs: number): void {
    if (transfer.aborted) return;
    if (!this.alive) return this.time.after(wayMs, transfer.ended);
    this.requests++;
    if (!this.ranges) {
      transfer.at = 0;
      transfer.end = transfer.file.length;
    }
    const offset = transfer.at;
    this.time.after(wayMs, () => {
      if (!transfer.aborted) transfer.started(offset);
    });
    this.#transfers.push(transfer);
    this.busiest = Math.max(this.busiest, this.#transfers.length);
    if (!this.#sending) this.#next();
  }

  /** Sends one block of the transfer whose turn it is. */
  #next(): void {
    const transfer = this.#transfers.shift();
    this.#sending = transfer !== undefined;
    if (transfer === undefined) return;
    if (transfer.aborted) return this.#next();
    const wayMs = latencyMs(this.line, transfer.line);
    if (!this.alive) {
      this.time.after(wayMs, transfer.ended);
      return this.#next();
    }
    const { at, file } = transfer;
    const end = Math.min(transfer.end, at + LEAF_BYTES);
    this.sentBytes += end - at;
    if (transfer.wasted) this.wastedBytes += end - at;
    transfer.at = end;
    const sentMs = this.time.nowMs + (end - at) / this.line.upBytesPerMs;
    const last = end === transfer.end;
    this.time.at(sentMs + wayMs, () => this.#arrive(transfer, at, end, last));
    if (!last) this.#transfers.push(transfer);
    this.time.at(sentMs, () => this.#next());
    if (!transfer.wasted) {
      file.asked.add(Math.floor(at / LEAF_BYTES), Math.ceil(end / LEAF_BYTES));
    }
  }

  #arrive(transfer: Transfer, at: number, end: number, last: boolean): void {
    transfer.throughMs = Math.max(
      transfer.throughMs,
      transfer.line.receive(end - at, this.time.nowMs),
    );
    this.time.at(transfer.throughMs, () => {
      if (transfer.aborted) return;
      transfer.data(this.#bytes(transfer.file, at, end));
      if (last && !transfer.aborted) transfer.ended();
    });
  }

  #bytes(file: SimulatedFile, start: number, end: number): Uint8Array {
    const bytes = file.read(start, end);
    const at = this.spoiledByte - start;
    if (at >= 0 && at < bytes.length) bytes[at]! ^= 1;
    return bytes;
  }
}
