/**
 * Errors as HTTP answers: RFC 9457 problem details, one shape for the whole
 * program. The status is the error table's.
 *
 * Promises: nothing of an unexpected error (its text may hold paths) leaves the
 * machine; the front logs it instead.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

/** The body of a problem answer. */
export interface Problem {
  /** `urn:alluvium:error:CODE`. */
  type: string;
  /** The code in words. */
  title: string;
  /** The HTTP status again. */
  status: number;
  /** What happened this time. */
  detail: string;
  /** The row of the error table. */
  code: string;
}

/** The problem details of an error; only an {@linkcode AlluviumError} tells its message. */
export function problemOf(thrown: unknown): Problem {
  const known = thrown instanceof AlluviumError
    ? thrown
    : new AlluviumError("internal", "Cannot answer: this program failed");
  const words = known.code.replaceAll("-", " ");
  return {
    type: `urn:alluvium:error:${known.code}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    status: known.status,
    detail: known.message,
    code: known.code,
  };
}

/** What belongs to a status, by RFC 9110; the realm is Icecast's, as some clients remember it. */
const MORE_HEADERS: Readonly<Record<number, Record<string, string>>> = {
  401: { "www-authenticate": 'Basic realm="Icecast2 Server"' },
  426: { "upgrade": "websocket", "sec-websocket-version": "13" },
  429: { "retry-after": "60" },
  503: { "retry-after": "5" },
};

/**
 * An error as an answer.
 *
 * @param thrown anything that was thrown
 * @param headers to add, e.g. `Allow`
 */
export function problemResponse(
  thrown: unknown,
  headers: Record<string, string> = {},
): Response {
  const problem = problemOf(thrown);
  const more = MORE_HEADERS[problem.status] ?? {};
  return new Response(JSON.stringify(problem) + "\n", {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...more,
      ...headers,
    },
  });
}
