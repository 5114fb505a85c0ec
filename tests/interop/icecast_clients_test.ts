/**
 * More of what speaks to Icecast: VLC, curl as the odd clients that complaints
 * are about, and a Shoutcast encoder, each against a whole server.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { pace } from "../../lib/icecast/pacer.ts";
import type { Mount } from "../../lib/icecast/mount.ts";
import { makeFrames } from "../media/synthetic.ts";
import { ServerRig } from "../icecast/server_rig.ts";
import { startUnprivileged } from "../support/icecast.ts";
import { type Result, run } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";

const TITLE = "Jürgen – it's “Stück”";

/** Plays the same frames on and on. */
class Programme implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #playing: Promise<void>;

  constructor(mount: Mount) {
    const data = concatBytes(makeFrames(10));
    const header = new Uint8Array(0);
    const chunks = function* () {
      for (;;) yield { data, durationMs: 261, header, title: TITLE };
    };
    this.#playing = pace(ReadableStream.from(chunks()), mount, {
      clock: systemClock,
      leadMs: 5000,
      signal: this.#end.signal,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#playing;
  }
}

async function eventually(
  holds: () => boolean,
  said: () => string,
): Promise<void> {
  for (let i = 0; i < 300 && !holds(); i++) await systemClock.sleep(50);
  assert(holds(), said());
}

for (const suffix of ["", ".m3u", ".pls", ".xspf"]) {
  Deno.test({
    name: `VLC plays /stream.mp3${suffix} and reads the titles`,
    ignore: programs("cvlc", "setpriv").ignore,
    fn: async () => {
      await using rig = await ServerRig.open({ clock: systemClock });
      const mount = rig.addMount();
      await using _programme = new Programme(mount);
      const vlc = "env HOME=/tmp cvlc -vv --no-interact --aout=adummy"
        .split(" ");
      const url = `${rig.front.url}stream.mp3${suffix}`;
      await using child = startUnprivileged(vlc[0]!, [...vlc.slice(1), url]);
      await eventually(
        () => child.output.includes(`New Icy-Title=${TITLE}`),
        () => child.output.split("\n").slice(-40).join("\n"),
      );
      assertEquals(mount.listeners, 1);
    },
  });
}

/** curl for so long that a stream has begun; the head and the status it tells. */
async function curl(url: string, ...args: string[]): Promise<Result> {
  return await run(program("curl").required(), [
    ...["-s", "-S", "-i", "--max-time", "1", ...args, url],
  ]);
}

/** curl's exit code when `--max-time` has passed: the stream had no end. */
const STILL_ON = 28;

function headOf({ bytes }: Result): string {
  const text = new TextDecoder("latin1").decode(bytes);
  return text.slice(0, text.indexOf("\r\n\r\n"));
}

Deno.test({
  name:
    "curl: HEAD, OPTIONS, ranges as phones ask for them, and players that need ICY 200 OK",
  ignore: programs("curl").ignore,
  fn: async () => {
    await using rig = await ServerRig.open({ clock: systemClock });
    const mount = rig.addMount();
    await using _programme = new Programme(mount);
    const url = `${rig.front.url}stream.mp3`;
    const icy = ["-H", "Icy-MetaData: 1"];
    const head = await curl(url, "--head");
    assertEquals(head.code, 0);
    assert(/^HTTP\/1.1 200 OK\r\n[^]*icy-name: Station/.test(headOf(head)));
    const options = await curl(
      url,
      ...["-X", "OPTIONS", "-H", "Origin: https://page.example"],
      ...["-H", "Access-Control-Request-Headers: icy-metadata"],
    );
    assert(/^HTTP\/1.1 204 [^]*allow-headers: .*Icy-MetaData/i.test(
      headOf(options),
    ));
    for (const range of ["0-", "0-1", "0-1073741822", "100-200"]) {
      const answer = await curl(url, "-r", range, ...icy);
      assertEquals(answer.code, STILL_ON, range);
      assert(/^HTTP\/1.1 200 [^]*icy-metaint: 16000/.test(headOf(answer)));
      assert(!/accept-ranges|content-range/i.test(headOf(answer)));
    }
    // The probe of two bytes is not counted, all others are.
    assertEquals(mount.listenerConnections, 3);
    for (const agent of ["RealMedia Player", "Windows-Media-Player/9"]) {
      // To curl what does not begin with HTTP is HTTP/0.9.
      const answer = await curl(url, "-A", agent, "--http0.9");
      assertEquals(answer.code, STILL_ON);
      assert(headOf(answer).startsWith("ICY 200 OK\r\n"));
    }
    const old = await curl(url, "--http1.0");
    assert(headOf(old).startsWith("HTTP/1.0 200 OK\r\n"));
    await eventually(() => mount.listeners === 0, () => "they are gone");
  },
});

Deno.test({
  name:
    "liquidsoap sends as a Shoutcast encoder does, to the port after the front's",
  ignore: programs("liquidsoap").ignore,
  fn: async () => {
    await using rig = await ServerRig.open({ clock: systemClock });
    const { port, hostname } = rig.front;
    assert(await rig.server.openShoutcast({ hostname, port: port + 1 }));
    const script = `
      s = insert_metadata(sine())
      thread.run(delay=1., every=1., fun () -> s.insert_metadata([("artist", "Jürgen"), ("title", "Stück")]))
      output.shoutcast(%mp3(bitrate=128), host="${hostname}", port=${port},
        password="hackme", name="Old", genre="Test", s)`;
    const liquidsoap = program("liquidsoap").required();
    await using child = startUnprivileged(liquidsoap, [script]);
    const mount = () => rig.mounts.get("/stream.mp3");
    await eventually(
      () => mount()?.heard === "live" && mount()?.title === "Jürgen - Stück",
      () => `${mount()?.title}\n${child.output}`,
    );
    assertEquals([mount()?.info.name, mount()?.info.genre], ["Old", "Test"]);
  },
});
