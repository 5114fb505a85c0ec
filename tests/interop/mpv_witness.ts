/**
 * mpv listening to a stream, and the titles it shows, as it tells them on its
 * own socket. Python carries them here: a test may not open sockets of files.
 *
 * @module
 */
import { type Child, start } from "../support/processes.ts";
import { program } from "../support/programs.ts";

const CARRIER = `
import socket, sys, time
for _ in range(200):
    try:
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(0.05)
s.sendall(b'{"command":["observe_property",1,"metadata/by-key/icy-title"]}\\n')
while data := s.recv(65536):
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
`;

/** One mpv; `await using` ends it. */
export class MpvWitness implements AsyncDisposable {
  readonly #player: Child;
  readonly #carrier: Child;

  /**
   * Starts it.
   *
   * @param socket path for its own socket, in a folder of the test's
   */
  constructor(url: string, socket: string) {
    this.#player = start(program("mpv").required(), [
      ..."--no-config --ao=null --vo=null --no-video --really-quiet".split(" "),
      ...[`--input-ipc-server=${socket}`, url],
    ]);
    const python = program("python3").required();
    this.#carrier = start(python, ["-c", CARRIER, socket]);
  }

  /** Whether it still runs, and began to play only once: no connection was lost. */
  get playsOn(): boolean {
    const starts = this.#messages.filter((x) => x.event === "playback-restart");
    return this.#player.running && starts.length <= 1;
  }

  /** Every title it showed, in order. */
  get titles(): string[] {
    const titles = this.#messages.flatMap(({ event, data }) =>
      event === "property-change" && data ? [data] : []
    );
    return titles.filter((title, i) => title !== titles[i - 1]);
  }

  get #messages(): { event?: string; data?: string }[] {
    const whole = this.#carrier.stdout.split("\n").slice(0, -1);
    return whole.map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#player.end();
    await this.#carrier.end();
  }
}
