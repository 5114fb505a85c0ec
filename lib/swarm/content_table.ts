/**
 * The open contents by name. A content may have two: the gateway's provisional
 * id and, once the last byte is hashed, its root.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { CONTENTS_MAX } from "../limits.ts";
import { Content, type ContentSpec } from "./content.ts";

/** The table of contents. */
export class ContentTable {
  readonly #byKey = new Map<string, Content>();
  readonly #open = new Set<Content>();

  /** The open contents, in the order they were opened. */
  all(): ReadonlySet<Content> {
    return this.#open;
  }

  /** Whether a content is open still. */
  has(content: Content): boolean {
    return this.#open.has(content);
  }

  /** The content of this name, current or former. */
  get(key: string): Content | undefined {
    return this.#byKey.get(key);
  }

  /**
   * The content open under this key; undefined if there is none.
   *
   * @throws {AlluviumError} `content-mismatch` when it has another length:
   *   a key and a length belong together
   */
  find({ key, length }: ContentSpec): Content | undefined {
    const known = this.#byKey.get(key);
    if (known === undefined || known.length === length) return known;
    throw new AlluviumError(
      "content-mismatch",
      `Cannot open a content of ${length} bytes: it is open with ${known.length}`,
    );
  }

  /**
   * Opens a content whose key is not open.
   *
   * @throws {AlluviumError} `busy` when too many are open
   * @throws {RangeError} when the length is that of no file
   */
  add(spec: ContentSpec, nowMs: number): Content {
    if (this.#open.size >= CONTENTS_MAX) {
      throw new AlluviumError(
        "busy",
        `Cannot open another content: ${CONTENTS_MAX} are open`,
      );
    }
    const content = new Content(spec, nowMs);
    this.#byKey.set(spec.key, content);
    this.#open.add(content);
    return content;
  }

  /** Gives a content another name, by which it is called from now on; false if another content has it. */
  rename(content: Content, key: string): boolean {
    if ((this.#byKey.get(key) ?? content) !== content) return false;
    content.rename(key);
    this.#byKey.set(key, content);
    return true;
  }

  /** Closes a content; false if it is not open. */
  remove(content: Content): boolean {
    if (!this.#open.delete(content)) return false;
    for (const key of content.keys) this.#byKey.delete(key);
    return true;
  }
}
