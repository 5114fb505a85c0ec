/**
 * The program in Icecast's place, set up by its command line alone: sources with
 * passwords of their own, a fallback, limits, a relayed mount, Shoutcast's port.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { hashPassword } from "../../lib/icecast/auth/password.ts";
import type { OtherMountStatus, Status } from "../../lib/player/status.ts";
import { systemClock } from "../../lib/clock.ts";
import { RawClient } from "../http/raw_client.ts";
import { alluvium, startAlluvium } from "../support/alluvium.ts";
import { freePort } from "../support/ports.ts";
import { type Child, run, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

function startSource(to: string, name: string): Child {
  const what = "-v error -re -f lavfi -i sine -c:a libmp3lame -b:a 128k";
  return start(program("ffmpeg").required(), [
    ...what.split(" "),
    ...["-content_type", "audio/mpeg", "-ice_name", name, "-f", "mp3", to],
  ]);
}

/** The mounts of a program, and waiting for one to be as wanted. */
class Mounts {
  constructor(private readonly url: string, private readonly child: Child) {}

  async all(): Promise<OtherMountStatus[]> {
    const response = await fetch(`${this.url}api/status`);
    return (await response.json() as Status).otherMounts;
  }

  async until(
    path: string,
    holds: (mount: OtherMountStatus) => boolean,
  ): Promise<void> {
    for (let i = 0; i < 400; i++) {
      const mount = (await this.all()).find((x) => x.path === path);
      if (mount !== undefined && holds(mount)) return;
      await systemClock.sleep(50);
    }
    const said = JSON.stringify(await this.all());
    throw new Error(`${path} is not as wanted: ${said}\n${this.child.output}`);
  }
}

Deno.test({
  name:
    "the program takes Icecast's place: own passwords, fallback, limits, a relay, a Shoutcast source",
  ignore: programs("ffmpeg", "curl").ignore,
  fn: async () => {
    await using cache = await tempFolder();
    const port = freePort();
    const guest =
      `/guest.mp3 fallback=/base.mp3 max-listeners=1 password=${await hashPassword(
        "geheim",
      )}`;
    await using child = await startAlluvium(
      ...["relay", "--host", "127.0.0.1", "--port", `${port}`],
      ...["--swarm-port", "0", "--cache", cache.path, "--no-share"],
      ...["--source-password", "hackme", "--mount", guest],
      ...["--relay-mount", `/copy=http://127.0.0.1:${port}/base.mp3`],
    );
    const [, url = ""] = await child.waitFor(/^Page +(http\S+)/m, 20_000);
    const mounts = new Mounts(url, child);
    const at = (password: string, path: string) =>
      `icecast://source:${password}@127.0.0.1:${port}${path}`;
    await using _base = startSource(at("hackme", "/base.mp3"), "Base");
    await mounts.until("/copy", ({ title }) => title === "Base");
    await mounts.until("/guest.mp3", ({ title }) => title === "Base");

    using listener = await RawClient.open(port);
    await listener.send("GET /guest.mp3 HTTP/1.0\r\nIcy-MetaData: 1\r\n\r\n");
    await listener.until(/StreamTitle='Base'/);
    const full = await fetch(`${url}guest.mp3`);
    assertEquals(full.status, 403);
    assert((await full.text()).includes("max listeners reached"));

    await using wrong = startSource(at("hackme", "/guest.mp3"), "Wrong");
    await wrong.ended;
    const show = startSource(at("geheim", "/guest.mp3"), "Show");
    await mounts.until("/guest.mp3", (x) => x.live && x.title === "Show");
    await listener.until(/StreamTitle='Show'/);
    await show.end("SIGKILL");
    await listener.until(/StreamTitle='Show'[^]*StreamTitle='Base'/);

    using shoutcast = await RawClient.open(port + 1);
    await shoutcast.send("hackme\r\n");
    assertEquals(
      await shoutcast.until(/\r\n\r\n/),
      "OK2\r\nicy-caps:11\r\n\r\n",
    );
    const copy = await run(program("curl").required(), ["-sI", `${url}copy`]);
    assert(copy.stdout.includes("icy-name: Base"), copy.stdout);
  },
});

Deno.test("a relay without anything to relay is a wrong usage", async () => {
  const { code, stderr } = await alluvium("relay");
  assertEquals(code, 2);
  assert(stderr.includes("Nothing to relay"), stderr);
});
