/**
 * Programs that tests need and no one here wrote: nginx, ffmpeg, mpv and the
 * like. On a person's machine a test that lacks one is skipped, by name; in CI
 * (the variable `CI` is `true`) it runs and fails, so that nothing goes untested
 * without anyone noticing.
 *
 * @module
 */

/** A program that may or may not be installed. */
export interface Program {
  /** Its name. */
  readonly name: string;
  /** Where it is, if it is installed. */
  readonly path?: string;
  /** Whether to skip the test; goes into `Deno.test({ ignore })`. */
  readonly ignore: boolean;
  /**
   * Its path.
   *
   * @throws {Error} if it is not installed
   */
  required(): string;
}

/** Folders that hold servers but are often not in a user's `PATH`. */
const SERVER_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Looks for a program.
 *
 * @example
 * ```ts ignore
 * const nginx = program("nginx");
 * Deno.test({ name: "…", ignore: nginx.ignore, fn: () => … });
 * ```
 */
export function program(name: string): Program {
  const path = find(name);
  return {
    name,
    ...(path === undefined ? {} : { path }),
    ignore: path === undefined && !inCi(),
    required() {
      if (path !== undefined) return path;
      throw new Error(`Cannot run ${name}: it is not installed`);
    },
  };
}

/** Several programs as one condition: skipped if any of them is missing. */
export function programs(...names: string[]): { ignore: boolean } {
  return { ignore: names.some((name) => program(name).ignore) };
}

/** CI sets the variable; where not every program can be had it sets `false`. */
function inCi(): boolean {
  return !["", "false"].includes(Deno.env.get("CI") ?? "");
}

function find(name: string): string | undefined {
  const windows = Deno.build.os === "windows";
  const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
  const file = windows ? `${name}.exe` : name;
  return [...folders, ...SERVER_FOLDERS]
    .map((folder) => `${folder}/${file}`)
    .find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
