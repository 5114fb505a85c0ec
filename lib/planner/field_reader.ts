/**
 * One table of a programme file, field by field: each is asked for by name and
 * kind, a wrong one is named with its line and what is wanted instead, and in
 * the end a field that nobody asked for is an error, with those there are. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import type { TomlTable, TomlValue } from "./toml_values.ts";

/** Bounds of a number, both included. */
export interface Bounds {
  min: number;
  max: number;
  /** Absent: whole numbers only. */
  fractions?: boolean;
}

/** Reads the fields of one table. */
export class FieldReader {
  readonly #asked = new Set<string>();

  /**
   * @param table the table
   * @param name for messages, e.g. `[[block]]`; "" for the file itself
   * @param file the programme file's path
   */
  constructor(
    readonly table: TomlTable,
    readonly name: string,
    readonly file: string,
  ) {}

  /** Where the table begins, from 1. */
  get line(): number {
    return this.table.line;
  }

  /** Whether the field is there. */
  has(field: string): boolean {
    return this.table.fields.has(field);
  }

  /** A text; undefined where it is absent. */
  text(field: string): string | undefined {
    const found = this.#take(field);
    if (!found) return undefined;
    return this.#textOf(field, found);
  }

  /** One of a few words. */
  word<W extends string>(field: string, words: readonly W[], value: W): W {
    const text = this.text(field);
    if (text === undefined) return value;
    const known = words.find((word) => word === text);
    if (known !== undefined) return known;
    this.fail(field, `wants ${words.map((w) => `"${w}"`).join(" or ")}`);
  }

  /** A number within bounds. */
  number(field: string, bounds: Bounds, value: number): number {
    const found = this.#take(field);
    if (!found) return value;
    const { min, max, fractions } = bounds;
    const is = found.value;
    const fine = typeof is === "number" && is >= min && is <= max &&
      (fractions || Number.isInteger(is));
    if (fine) return is;
    const kind = fractions ? "a number" : "a whole number";
    this.fail(field, `wants ${kind} from ${min} to ${max}`);
  }

  /** True or false. */
  flag(field: string, value: boolean): boolean {
    const found = this.#take(field);
    if (!found) return value;
    if (typeof found.value === "boolean") return found.value;
    this.fail(field, "wants true or false");
  }

  /** A text or a list of texts; undefined where it is absent. */
  texts(field: string, max: number): string[] | undefined {
    const found = this.#take(field);
    if (!found) return undefined;
    const list = Array.isArray(found.value) ? found.value : [found];
    if (list.length > max) this.fail(field, `wants at most ${max} values`);
    return list.map((one) => this.#textOf(field, one));
  }

  /** Tables of an array, e.g. every `[[block]]`. */
  tables(field: string, max: number): FieldReader[] {
    const found = this.#take(field);
    if (!found) return [];
    const list = Array.isArray(found.value) ? found.value : [];
    const tables = list.map(({ value }) => value).filter((value) =>
      typeof value === "object" && "fields" in value
    ) as TomlTable[];
    if (tables.length === 0 || tables.length < list.length) {
      this.fail(field, `wants tables: write [[${field}]] above each`);
    }
    if (tables.length > max) this.fail(field, `wants at most ${max} tables`);
    return tables.map((table) =>
      new FieldReader(table, `[[${field}]]`, this.file)
    );
  }

  /** A table of its own, e.g. `[fill]`. */
  section(field: string): FieldReader | undefined {
    const found = this.#take(field);
    if (!found) return undefined;
    const { value } = found;
    if (typeof value === "object" && "fields" in value) {
      return new FieldReader(value, `[${field}]`, this.file);
    }
    this.fail(field, `wants to be a table: write [${field}] above its fields`);
  }

  /** Every field was asked for, or it is told of. */
  finish(): void {
    for (const [field, { line, column }] of this.table.fields) {
      if (this.#asked.has(field)) continue;
      const known = [...this.#asked].join(", ");
      throw this.#error(`"${field}" is no field; there are ${known}`, {
        line,
        column,
        field,
      });
    }
  }

  /** Says what is wrong with a field, or with the table where it lacks one. */
  fail(field: string, message: string): never {
    const found = this.table.fields.get(field);
    const { line, column } = found ?? { line: this.line, column: 1 };
    throw this.#error(`${field} ${message}`, { line, column, field });
  }

  #take(field: string): TomlValue | undefined {
    this.#asked.add(field);
    return this.table.fields.get(field);
  }

  #textOf(field: string, { value }: TomlValue): string {
    if (typeof value === "string") return value;
    this.fail(field, "wants a text in quotes");
  }

  get #prefix(): string {
    return this.name === "" ? "" : `${this.name} `;
  }

  #error(
    message: string,
    place: { line: number; column: number; field?: string },
  ): AlluviumError {
    return new AlluviumError(
      "programme-file",
      `Cannot use the programme file: ${this.#prefix}${message}`,
      { file: this.file, ...place },
    );
  }
}
