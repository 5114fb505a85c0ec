/**
 * Runs a program for a script and keeps what it prints, in the order in which
 * it came. On a terminal nothing is lost for the reader either: the output can
 * be shown as it comes.
 *
 * @module
 */

/** How a program is run. */
export interface CaptureOptions {
  /** Its working folder; default this process's. */
  cwd?: string;
  /** Variables added to the environment. */
  env?: Record<string, string>;
  /** Whether it gets no variable but those of `env`. */
  clearEnv?: boolean;
  /** Whether its output is also shown as it comes. */
  show?: boolean;
}

/** How a program ended. */
export interface Captured {
  /** Its exit code. */
  code: number;
  /** What it printed to both streams, without colours. */
  text: string;
}

/** Runs `command` to its end. */
export async function capture(
  command: string,
  args: readonly string[],
  { cwd, env = {}, clearEnv = false, show = false }: CaptureOptions = {},
): Promise<Captured> {
  const colour = show && Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {};
  const child = new Deno.Command(command, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...colour, ...env },
    clearEnv,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const parts: string[] = [];
  await Promise.all([
    collect(child.stdout, parts, show ? Deno.stdout : undefined),
    collect(child.stderr, parts, show ? Deno.stderr : undefined),
  ]);
  return { code: (await child.status).code, text: plain(parts.join("")) };
}

/** Runs `deno` itself, the one that runs this script. */
export function captureDeno(
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Captured> {
  return capture(Deno.execPath(), args, options);
}

/** The text without colours and other controls of a terminal. */
export function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;]*[A-Za-z]/g, "");
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  parts: string[],
  show?: { writeSync(bytes: Uint8Array): number },
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    parts.push(decoder.decode(bytes, { stream: true }));
    for (let at = 0; show !== undefined && at < bytes.length;) {
      at += show.writeSync(bytes.subarray(at));
    }
  }
}
