/**
 * A line that nobody else should read: from a terminal without showing it, or
 * from standard input.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { SECRET_LINE_BYTES_MAX } from "../limits.ts";

/** Where secrets are read from. */
export interface SecretInput {
  /** Whether a person types them. */
  readonly isTerminal: boolean;
  /**
   * One line, without its end.
   *
   * @param prompt shown on a terminal alone
   * @throws AlluviumError `usage` for a line beyond SECRET_LINE_BYTES_MAX
   * @throws the signal's reason
   */
  read(prompt: string, signal: AbortSignal): Promise<string>;
}

/** As much of a terminal or a pipe as is needed. */
export interface ByteInput {
  isTerminal(): boolean;
  setRaw(raw: boolean, options?: { cbreak: boolean }): void;
  read(bytes: Uint8Array): Promise<number | null>;
}

const INTERRUPT = 3;
const END = 4;
const BACKSPACE = 8;
const LINE_FEED = 10;
const RETURN = 13;
const DELETE = 127;

/** This process's standard input; prompts go to standard error. */
export function standardInput(
  input: ByteInput = Deno.stdin,
  show: (text: string) => void = (text) =>
    void Deno.stderr.writeSync(new TextEncoder().encode(text)),
): SecretInput {
  return {
    get isTerminal() {
      return input.isTerminal();
    },
    async read(prompt, signal) {
      if (!input.isTerminal()) return await readLine(input, signal);
      show(prompt);
      // Ctrl-C stays a signal, where the system can have it so.
      input.setRaw(true, { cbreak: Deno.build.os !== "windows" });
      try {
        return await readLine(input, signal);
      } finally {
        input.setRaw(false);
        show("\n");
      }
    },
  };
}

/** Reads byte by byte, so that the next line stays where it is. */
async function readLine(
  input: ByteInput,
  signal: AbortSignal,
): Promise<string> {
  const isTyped = input.isTerminal();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
  const one = new Uint8Array(1);
  const line: number[] = [];
  while (true) {
    const count = await Promise.race([input.read(one), aborted]);
    const byte = one[0]!;
    if (count === null || byte === LINE_FEED) break;
    if (isTyped && (byte === RETURN || byte === END)) break;
    if (isTyped && byte === INTERRUPT) {
      throw new AlluviumError("usage", "Interrupted");
    }
    if (isTyped && (byte === BACKSPACE || byte === DELETE)) dropLast(line);
    else line.push(byte);
    if (line.length > SECRET_LINE_BYTES_MAX) {
      throw new AlluviumError(
        "usage",
        `Cannot read a password of more than ${SECRET_LINE_BYTES_MAX} bytes`,
      );
    }
  }
  return new TextDecoder().decode(Uint8Array.from(line)).replace(/\r$/, "");
}

/** Takes a whole character off: in UTF-8 all bytes but the first begin with 10. */
function dropLast(line: number[]): void {
  let byte = line.pop();
  while (byte !== undefined && (byte & 0xc0) === 0x80) byte = line.pop();
}
