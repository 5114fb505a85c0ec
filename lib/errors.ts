/**
 * Errors that say whose fault they are. One class, one table: a code decides
 * fault, HTTP status and exit code, so a caller switches on `code` and never on
 * text. Messages follow the grammar of Deno's standard library: a capital, no
 * full stop, the action that failed, a colon before the detail, what was wanted
 * as well as what was got.
 *
 * Programming mistakes are not here: they throw TypeError or RangeError.
 *
 * @module
 */

/** Whose fault an error is: this program's, a peer's, the user's input's, the network's. */
export type Fault = "own" | "peer" | "input" | "network";

interface ErrorRow {
  readonly fault: Fault;
  /** HTTP status of the problem answer. */
  readonly status: number;
  /** Exit code of the command line. */
  readonly exitCode: number;
}

/** Every error the program can meet. Add a row rather than a second class. */
export const ERROR_TABLE = {
  "usage": { fault: "input", status: 400, exitCode: 2 },
  "bad-request": { fault: "peer", status: 400, exitCode: 1 },
  "forbidden": { fault: "peer", status: 403, exitCode: 1 },
  "not-found": { fault: "input", status: 404, exitCode: 1 },
  "method-not-allowed": { fault: "peer", status: 405, exitCode: 1 },
  "request-timeout": { fault: "peer", status: 408, exitCode: 1 },
  "request-too-large": { fault: "peer", status: 413, exitCode: 1 },
  "upgrade-required": { fault: "peer", status: 426, exitCode: 1 },
  "head-too-large": { fault: "peer", status: 431, exitCode: 1 },
  "range-not-satisfiable": { fault: "peer", status: 416, exitCode: 1 },
  "unauthorized": { fault: "peer", status: 401, exitCode: 1 },
  "too-many-requests": { fault: "peer", status: 429, exitCode: 1 },
  "misdirected": { fault: "peer", status: 421, exitCode: 1 },
  "busy": { fault: "own", status: 503, exitCode: 1 },
  "playlist-syntax": { fault: "input", status: 422, exitCode: 1 },
  "playlist-invalid": { fault: "input", status: 422, exitCode: 1 },
  "playlist-too-large": { fault: "input", status: 413, exitCode: 1 },
  "playlist-unreachable": { fault: "network", status: 502, exitCode: 1 },
  "programme-file": { fault: "input", status: 422, exitCode: 1 },
  "media-unreachable": { fault: "network", status: 502, exitCode: 1 },
  "media-rejected": { fault: "input", status: 422, exitCode: 1 },
  "media-changed": { fault: "network", status: 502, exitCode: 1 },
  "url-forbidden": { fault: "input", status: 403, exitCode: 1 },
  "content-mismatch": { fault: "peer", status: 502, exitCode: 1 },
  "peer-protocol": { fault: "peer", status: 400, exitCode: 1 },
  "gateway-unreachable": { fault: "network", status: 502, exitCode: 1 },
  "address-in-use": { fault: "own", status: 500, exitCode: 1 },
  "storage": { fault: "own", status: 507, exitCode: 1 },
  "internal": { fault: "own", status: 500, exitCode: 1 },
} as const satisfies Record<string, ErrorRow>;

/** The stable name of an error, e.g. in problem details as `urn:alluvium:error:CODE`. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** Where the error was found, as far as it is known. */
export interface ErrorPlace {
  /** The file that was read. */
  file?: string;
  /** The URL that was asked. */
  url?: string;
  /** Line in the file or document, from 1. */
  line?: number;
  /** Column in the line, from 1. */
  column?: number;
  /** Element, JSON field, header or option. */
  field?: string;
}

/** An error of the running program, not a programming mistake. */
export class AlluviumError extends Error {
  /** Which row of {@linkcode ERROR_TABLE} this is. */
  readonly code: ErrorCode;
  /** Where it was found. */
  readonly place: ErrorPlace;

  /**
   * Says what failed, and where.
   *
   * @param code the row of the table
   * @param message what failed, as a sentence without a full stop
   * @param place where, and `cause`, the error beneath
   */
  constructor(
    code: ErrorCode,
    message: string,
    place: ErrorPlace & { cause?: unknown } = {},
  ) {
    const { cause, ...rest } = place;
    super(message, cause === undefined ? {} : { cause });
    this.name = "AlluviumError";
    this.code = code;
    this.place = rest;
  }

  /** Whose fault it is. */
  get fault(): Fault {
    return ERROR_TABLE[this.code].fault;
  }

  /** The HTTP status of a problem answer. */
  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  /** The exit code of the command line. */
  get exitCode(): number {
    return ERROR_TABLE[this.code].exitCode;
  }

  /** The message with its place in front, for people: `a.rss:3:7: Cannot …`. */
  describe(): string {
    const { file, url, line, column, field } = this.place;
    const where = [file ?? url, line, column].filter((x) => x !== undefined)
      .join(":");
    const what = field === undefined
      ? this.message
      : `${this.message} (${field})`;
    return where === "" ? what : `${where}: ${what}`;
  }
}

/**
 * Turns anything thrown into an {@linkcode AlluviumError}, keeping the original
 * as its cause. What is not one already becomes `code` ("internal" by default).
 */
export function toAlluviumError(
  thrown: unknown,
  code: ErrorCode = "internal",
): AlluviumError {
  if (thrown instanceof AlluviumError) return thrown;
  return new AlluviumError(code, reasonOf(thrown), { cause: thrown });
}

/**
 * Why something failed, in few words. What `fetch` throws says no more than that
 * it failed; the words are in its cause, between what is said of every failure.
 */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { message, cause } = thrown;
  if (message !== "fetch failed" || !(cause instanceof Error)) return message;
  const words = cause.message
    .replace(/^error sending request .*?: client error \(\w+\): /, "")
    .replace(/^(?:tcp connect|dns) error: /, "")
    .replace(/^failed to lookup address information: /, "")
    .replace(/ \(os error \d+\)$/, "");
  return words === "" ? message : words;
}
