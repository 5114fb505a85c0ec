/**
 * Who fills a mount: the station's programme, a live show that takes it over, or
 * another mount that stands in. The highest that has something to send is heard;
 * listeners never notice more than that something else is on, for they stay on
 * the mount.
 *
 * Promises: a change falls on a place where a listener may start, the title of
 * what is heard from there on comes with it, and lib/media's splicer makes it one
 * stream. No timers: an input that has nothing to send says so by `rest`.
 *
 * @module
 */
import type { MountChunk } from "../media/packet.ts";
import { createSplicer, type Splicer } from "../media/splice.ts";
import type { MountInfo } from "./mount_info.ts";

/** Who is heard before whom: the highest. */
export const INPUT_RANKS = { fallback: 0, programme: 1, live: 2 } as const;

/** A name of {@linkcode INPUT_RANKS}. */
export type InputKind = keyof typeof INPUT_RANKS;

/** What the inputs do to their mount. */
export interface InputTarget {
  /** The next chunk of the stream; `title` is set where it changes. */
  send(chunk: MountChunk): void;
  /** The title from the next chunk on. */
  retitle(title: string, url: string): void;
}

/** One maker of a mount's stream. */
export class MountInput {
  /** What it is. */
  readonly kind: InputKind;
  /** What it says about its sound while it is heard. */
  info: Partial<MountInfo> = {};
  readonly #inputs: MountInputs;
  #title: string | undefined;
  #url = "";

  /** Made by {@linkcode MountInputs.open}. */
  constructor(kind: InputKind, inputs: MountInputs) {
    this.kind = kind;
    this.#inputs = inputs;
  }

  /** Its title; undefined before it had one, then the mount's stays. */
  get title(): string | undefined {
    return this.#title;
  }

  /** The address that belongs to the title, empty where there is none. */
  get url(): string {
    return this.#url;
  }

  /** Whether this is what listeners hear. */
  get isHeard(): boolean {
    return this.#inputs.heard === this;
  }

  /** Adds to its stream; heard, or dropped while a higher one is on. */
  push(chunk: MountChunk): void {
    if (chunk.title !== undefined) this.#title = chunk.title;
    if (chunk.title !== undefined) this.#url = "";
    this.#inputs.take(this, chunk);
  }

  /** Sets its title from the next chunk on, for streams whose chunks bring none. */
  setTitle(title: string, url = ""): void {
    this.#title = title;
    this.#url = url;
    this.#inputs.retitle(this);
  }

  /** It has nothing to send for now: the next lower one is heard. Its next chunk ends that. */
  rest(): void {
    this.#inputs.leave(this);
  }
}

/** All makers of one mount's stream. */
export class MountInputs {
  readonly #target: InputTarget;
  readonly #splicer: Splicer;
  #heard: MountInput | undefined;
  #last: MountInput | undefined;

  /**
   * Nobody is heard yet.
   *
   * @param contentType the mount's
   * @param target what the inputs do to it
   */
  constructor(contentType: string, target: InputTarget) {
    this.#target = target;
    this.#splicer = createSplicer(contentType);
  }

  /** What listeners hear; undefined before the first chunk and while all rest. */
  get heard(): MountInput | undefined {
    return this.#heard;
  }

  /** A further maker. */
  open(kind: InputKind): MountInput {
    return new MountInput(kind, this);
  }

  /** A chunk of an input; for {@linkcode MountInput} alone. */
  take(input: MountInput, chunk: MountChunk): void {
    if (this.#heard !== input && !this.#change(input, chunk)) return;
    this.#target.send(this.#splicer.pass(chunk));
  }

  /** An input's title has changed. */
  retitle(input: MountInput): void {
    if (this.#heard !== input) return;
    this.#target.retitle(input.title ?? "", input.url);
  }

  /** An input has nothing to send. */
  leave(input: MountInput): void {
    if (this.#heard === input) this.#heard = undefined;
  }

  #change(input: MountInput, chunk: MountChunk): boolean {
    const heard = this.#heard;
    const isHigher = heard === undefined ||
      INPUT_RANKS[input.kind] > INPUT_RANKS[heard.kind];
    if (!isHigher || chunk.header === undefined) return false;
    if (this.#last !== undefined && this.#last !== input) this.#splicer.cut();
    this.#heard = input;
    this.#last = input;
    if (input.title !== undefined) this.retitle(input);
    return true;
  }
}
