/**
 * The recent past of a mount as its listeners need it: once as it was made and,
 * where browsers could not play that, once without joints. Pure.
 *
 * @module
 */
import type { MountChunk } from "../media/packet.ts";
import {
  createSingleStream,
  type SingleStream,
} from "../media/single_stream.ts";
import { BlockQueue, type BlockQueueOptions } from "./block_queue.ts";
import { isBrowser } from "./choose.ts";

/** One or two queues of the same stream. */
export class MountPast {
  readonly #plain: BlockQueue;
  readonly #single: { stream: SingleStream; queue: BlockQueue } | undefined;

  /**
   * Nothing yet.
   *
   * @param contentType the mount's
   */
  constructor(contentType: string, sizes: BlockQueueOptions) {
    this.#plain = new BlockQueue(sizes);
    const stream = createSingleStream(contentType);
    this.#single = stream && { stream, queue: new BlockQueue(sizes) };
  }

  /** The title of what was pushed last. */
  get title(): string {
    return this.#plain.title;
  }

  /** The number that the next block will have. */
  get nextNumber(): number {
    return this.#plain.nextNumber;
  }

  /** The one for a player, by its user agent. */
  for(userAgent: string): BlockQueue {
    return this.#single !== undefined && isBrowser(userAgent)
      ? this.#single.queue
      : this.#plain;
  }

  /**
   * Adds a chunk.
   *
   * @returns whether there is a new block
   */
  push(chunk: MountChunk): boolean {
    const isNew = this.#plain.push(chunk);
    const single = this.#single?.stream.pass(chunk);
    return single !== undefined && this.#single!.queue.push(single) || isNew;
  }

  /** Sets the title from the next chunk on. */
  retitle(title: string, url: string): void {
    this.#plain.retitle(title, url);
    this.#single?.queue.retitle(title, url);
  }

  /** Sends titles in another charset from the next one on. */
  setCharset(charset: string): void {
    this.#plain.setCharset(charset);
  }

  /** Makes blocks of what is pending. */
  seal(): void {
    this.#plain.seal();
    this.#single?.queue.seal();
  }
}
