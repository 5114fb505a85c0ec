/**
 * The process the program runs in, as the command line sees it. The only file
 * of the command line that knows signals and standard streams.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { ExitCode } from "./exit.ts";
import type { Process } from "./program.ts";

const encoder = new TextEncoder();

/**
 * This Deno process. The first SIGINT or SIGTERM (or the closing of its
 * terminal) aborts `signal`; the second ends the process at once.
 *
 * @param version of the program
 */
export function denoProcess(version: string): Process {
  return {
    args: Deno.args,
    version,
    env: readVariable,
    readText,
    writeOut: (text) => writeAll(Deno.stdout, text),
    writeErr: (text) => writeAll(Deno.stderr, text),
    columns,
    signal: endSignal(),
  };
}

function endSignal(): AbortSignal {
  const end = new AbortController();
  const onSignal = () => {
    if (end.signal.aborted) Deno.exit(ExitCode.interrupted);
    end.abort();
  };
  const names: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of names) Deno.addSignalListener(name, onSignal);
  return end.signal;
}

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined; // Not permitted counts as unset.
  }
}

/** A reader that has gone away (`alluvium … | head`) is no error. */
function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  let bytes = encoder.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function columns(): number | undefined {
  try {
    if (!Deno.stderr.isTerminal()) return undefined;
    return Deno.consoleSize().columns;
  } catch {
    return undefined;
  }
}

async function readText(file: string, bytesMax: number): Promise<string> {
  try {
    const { size } = await Deno.stat(file);
    if (size > bytesMax) {
      throw new AlluviumError(
        "usage",
        `Cannot read the file: it has ${size} bytes, at most ${bytesMax} are read`,
        { file },
      );
    }
    return await Deno.readTextFile(file);
  } catch (cause) {
    if (cause instanceof AlluviumError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AlluviumError("usage", `Cannot read the file: ${detail}`, {
      file,
      cause,
    });
  }
}
