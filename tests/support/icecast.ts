/**
 * Debian's icecast2, for tests that compare with it or let it relay us. As root
 * it is started as `nobody`: it refuses to run as root.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { freePort } from "./ports.ts";
import { type Child, start } from "./processes.ts";
import { program } from "./programs.ts";

/** What of it a test sets. */
export interface IcecastOptions {
  /** Further elements of its configuration. */
  config?: string;
}

/** The uid and gid of `nobody`, where we are root. */
export const UNPRIVILEGED: string[] = Deno.build.os === "linux" &&
    Deno.uid() === 0
  ? ["--reuid=65534", "--regid=65534", "--clear-groups"]
  : [];

/** Starts a program that will not run as root. */
export function startUnprivileged(command: string, args: string[]): Child {
  return UNPRIVILEGED.length === 0
    ? start(command, args)
    : start("setpriv", [...UNPRIVILEGED, command, ...args]);
}

/** A running icecast2. Passwords: source and relay `hackme`, admin `hackme`. */
export class Icecast implements AsyncDisposable {
  private constructor(
    /** With a slash at the end. */
    readonly url: string,
    readonly port: number,
    private readonly child: Child,
    private readonly folder: string,
  ) {}

  static async start(options: IcecastOptions = {}): Promise<Icecast> {
    const folder = await Deno.makeTempDir({ prefix: "alluvium-icecast-" });
    await Deno.chmod(folder, 0o777);
    const port = freePort();
    const file = `${folder}/icecast.xml`;
    await Deno.writeTextFile(file, config(folder, port, options.config ?? ""));
    const child = startUnprivileged(program("icecast2").required(), [
      ...["-c", file],
    ]);
    const icecast = new Icecast(
      `http://127.0.0.1:${port}/`,
      port,
      child,
      folder,
    );
    await icecast.#ready();
    return icecast;
  }

  /** What it has said, and whether it is still there. */
  get output(): string {
    return `${this.child.running ? "runs" : "has ended"}: ${this.child.output}`;
  }

  async #ready(): Promise<void> {
    for (let i = 0; i < 500; i++) {
      try {
        const response = await fetch(`${this.url}status-json.xsl`);
        await response.body?.cancel();
        // Another program may have taken the port meanwhile.
        const isOurs = response.headers.get("server")?.startsWith("Icecast");
        if (isOurs && this.child.running) return;
      } catch {
        if (!this.child.running) break;
      }
      await systemClock.sleep(20);
    }
    throw new Error(`Cannot reach icecast2: ${this.child.output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.end();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function config(folder: string, port: number, more: string): string {
  return `<icecast>
  <limits><clients>6000</clients><sources>20</sources></limits>
  <authentication><source-password>hackme</source-password>
    <relay-password>hackme</relay-password>
    <admin-user>admin</admin-user><admin-password>hackme</admin-password></authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  ${more}
  <paths><logdir>${folder}</logdir><webroot>/usr/share/icecast2/web</webroot>
    <adminroot>/usr/share/icecast2/admin</adminroot></paths>
  <logging><loglevel>2</loglevel></logging>
</icecast>`;
}
