/**
 * Source clients, relays and servers that no one here wrote: ffmpeg both ways,
 * liquidsoap, ezstream (libshout), curl, icecast2.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Relay } from "../../lib/icecast/relay/relay.ts";
import { ADMIN, eventually, RELAY, ServerRig } from "../icecast/server_rig.ts";
import { Icecast, startUnprivileged } from "../support/icecast.ts";
import { probeStream, receive } from "../support/players.ts";
import { run, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const SINE = "-re -f lavfi -i sine=frequency=440";

/** Arguments of ffmpeg as a source of a codec. */
function ffmpegSource(
  port: number,
  path: string,
  codec: string,
  more = "",
): string[] {
  const to = `icecast://source:hackme@127.0.0.1:${port}${path}`;
  return `-v error ${SINE} ${codec} ${more} ${to}`.split(/ +/);
}

const MP3 = "-c:a libmp3lame -b:a 128k -content_type audio/mpeg -f mp3";
const OPUS = "-c:a libopus -b:a 96k -content_type audio/ogg -f ogg";
const VORBIS = "-c:a libvorbis -b:a 96k -content_type application/ogg -f ogg";
const AAC = "-c:a aac -b:a 96k -content_type audio/aac -f adts";
const WEBM = "-c:a libopus -b:a 96k -content_type audio/webm -f webm";

function openRig(): Promise<ServerRig> {
  return ServerRig.open({ clock: systemClock, reconnectMs: 2000 });
}

for (
  const [name, codec, more, expected] of [
    ["MP3", MP3, "", "mp3"],
    ["MP3 by SOURCE", MP3, "-legacy_icecast 1", "mp3"],
    ["Ogg Opus", OPUS, "", "opus"],
    ["Ogg Vorbis", VORBIS, "", "vorbis"],
    ["AAC", AAC, "", "aac"],
    ["WebM", WEBM, "", "opus"],
  ] as const
) {
  Deno.test({
    name: `ffmpeg sends ${name}, and ffmpeg hears it`,
    ignore: programs("ffmpeg", "ffprobe").ignore,
    fn: async () => {
      await using rig = await openRig();
      const { port } = rig.front;
      const args = ffmpegSource(port, "/live", codec, `-ice_name Show ${more}`);
      await using source = start(program("ffmpeg").required(), args);
      await eventually(() => rig.mounts.get("/live")?.heard === "live");
      const { codec: heard } = await probeStream(`${rig.front.url}live`);
      assertEquals([heard, rig.mounts.get("/live")!.info.name], [
        expected,
        "Show",
      ]);
      assert(source.running, source.output);
    },
  });
}

Deno.test({
  name: "curl sends a file, chunked, with and without Expect, and by length",
  ignore: programs("curl", "ffmpeg").ignore,
  fn: async () => {
    await using rig = await openRig();
    await using folder = await tempFolder();
    const file = `${folder.path}/a.mp3`;
    const make = `-v error -f lavfi -i sine -t 3 -c:a libmp3lame -b:a 64k`;
    await run(program("ffmpeg").required(), [...make.split(" "), file]);
    const common = ["-s", "-S", "--max-time", "20", "-u", "source:hackme"];
    const type = ["-H", "Content-Type: audio/mpeg"];
    for (
      const [path, ways] of [
        ["/length.mp3", ["-H", "Expect:"]],
        ["/expect.mp3", ["-H", "Expect: 100-continue"]],
        ["/chunked.mp3", ["-H", "Transfer-Encoding: chunked"]],
      ] as const
    ) {
      const url = new URL(path, rig.front.url).href;
      const args = [...common, ...type, ...ways, "-T", file, url];
      const { code, stderr } = await run(program("curl").required(), args);
      assertEquals([code, stderr], [0, ""], path);
      const bytes = rig.mounts.get(path)!.bytesReceived;
      assert(bytes > 20_000, `${path}: ${bytes}`);
    }
  },
});

Deno.test({
  name: "liquidsoap sends, with titles",
  ignore: programs("liquidsoap").ignore,
  fn: async () => {
    await using rig = await openRig();
    const script = `
      s = sine()
      s = insert_metadata(s)
      thread.run(delay=1., every=1., fun () -> s.insert_metadata([("artist", "Jürgen"), ("title", "Stück")]))
      output.icecast(%mp3(bitrate=128), host="127.0.0.1", port=${rig.front.port},
        password="hackme", mount="/live.mp3", name="Liquid", encoding="UTF-8", s)`;
    await using child = startUnprivileged(program("liquidsoap").required(), [
      script,
    ]);
    await eventuallyOr(
      () => rig.mounts.get("/live.mp3")?.title === "Jürgen - Stück",
      () => child.output,
    );
    assertEquals(rig.mounts.get("/live.mp3")?.info.name, "Liquid");
    const { titles } = await receive(`${rig.front.url}live.mp3`, 2);
    assertEquals(titles.at(-1), "Jürgen - Stück");
  },
});

Deno.test({
  name: "ezstream (libshout) sends a file again and again, with its title",
  ignore: programs("ezstream", "ffmpeg").ignore,
  fn: async () => {
    await using rig = await openRig();
    await using folder = await tempFolder();
    const file = `${folder.path}/a.mp3`;
    const make =
      `-v error -f lavfi -i sine -t 20 -metadata title=Stück -metadata artist=Jürgen -c:a libmp3lame -b:a 128k`;
    await run(program("ffmpeg").required(), [...make.split(" "), file]);
    const config = `${folder.path}/ezstream.xml`;
    await Deno.writeTextFile(config, ezstreamConfig(rig.front.port, file));
    await Deno.chmod(config, 0o600);
    const ezstream = program("ezstream").required();
    await using child = start(ezstream, ["-c", config, "-vv"]);
    await eventuallyOr(
      () => rig.mounts.get("/live.mp3")?.title === "Jürgen - Stück",
      () => child.output,
    );
  },
});

function ezstreamConfig(port: number, file: string): string {
  return `<ezstream>
  <servers><server><protocol>HTTP</protocol>
    <hostname>127.0.0.1</hostname><port>${port}</port>
    <user>source</user><password>hackme</password></server></servers>
  <streams><stream><mountpoint>/live.mp3</mountpoint>
    <stream_name>Ez</stream_name><format>MP3</format></stream></streams>
  <intakes><intake><type>file</type><filename>${file}</filename></intake></intakes>
  <metadata><format_str>@a@ - @t@</format_str></metadata>
</ezstream>`;
}

Deno.test({
  name:
    "icecast2 relays a mount of ours, one by one and as a slave, with titles",
  ignore: programs("icecast2", "ffmpeg").ignore,
  fn: async () => {
    await using rig = await openRig();
    const args = ffmpegSource(rig.front.port, "/live.mp3", MP3);
    await using source = start(program("ffmpeg").required(), args);
    await eventually(() => rig.mounts.get("/live.mp3")?.heard === "live");
    await using icecast = await Icecast.start({
      config: `<relay><server>127.0.0.1</server><port>${rig.front.port}</port>
          <mount>/live.mp3</mount><local-mount>/one.mp3</local-mount>
          <relay-shoutcast-metadata>1</relay-shoutcast-metadata></relay>
        <master-server>127.0.0.1</master-server>
        <master-server-port>${rig.front.port}</master-server-port>
        <master-update-interval>2</master-update-interval>
        <master-username>relay</master-username>
        <master-password>${RELAY.password}</master-password>`,
    });
    const song = encodeURIComponent("Jürgen – Stück");
    const update =
      `/admin/metadata?mount=/live.mp3&mode=updinfo&charset=UTF-8&song=${song}`;
    await (await rig.get(update, ADMIN)).body?.cancel();
    for (const path of ["one.mp3", "live.mp3"]) {
      await probed(`${icecast.url}${path}`, "mp3");
    }
    const { titles } = await receive(`${icecast.url}one.mp3`, 3);
    assertEquals(titles.at(-1), "Jürgen – Stück");
    assert(source.running);
  },
});

Deno.test({
  name: "we relay a mount of icecast2, with titles",
  ignore: programs("icecast2", "ffmpeg").ignore,
  fn: async () => {
    await using icecast = await Icecast.start();
    const args = ffmpegSource(icecast.port, "/up.mp3", MP3, "-ice_name Up");
    await using source = start(program("ffmpeg").required(), args);
    await probed(`${icecast.url}up.mp3`, "mp3", icecast);
    await using rig = await openRig();
    const relay = new Relay({
      path: "/down.mp3",
      upstreams: [new URL(`${icecast.url}up.mp3`)],
      mounts: rig.mounts,
      clock: systemClock,
    });
    rig.server.addRelay(relay);
    const update = await fetch(
      `${icecast.url}admin/metadata?mount=/up.mp3&mode=updinfo&song=A%20-%20B`,
      { headers: { Authorization: `Basic ${btoa("admin:hackme")}` } },
    );
    await update.body?.cancel();
    await eventuallyOr(() => relay.mount.title === "A - B", () => "");
    const { titles } = await receive(`${rig.front.url}down.mp3`, 3);
    assertEquals(titles.at(-1), "A - B");
    assertEquals((await probeStream(`${rig.front.url}down.mp3`)).codec, "mp3");
    assertEquals([relay.mount.info.name, source.running], ["Up", true]);
  },
});

/** Waits until a stream can be played. */
async function probed(
  url: string,
  codec: string,
  icecast?: Icecast,
): Promise<void> {
  let last: unknown;
  for (let i = 0; i < 20; i++) {
    try {
      assertEquals((await probeStream(url)).codec, codec);
      return;
    } catch (error) {
      last = error;
      await systemClock.sleep(500);
    }
  }
  throw icecast === undefined
    ? last
    : new Error(`${last}, icecast2: ${icecast.output}`);
}

async function eventuallyOr(
  holds: () => boolean,
  output: () => string,
): Promise<void> {
  try {
    for (let i = 0; i < 300 && !holds(); i++) await systemClock.sleep(50);
    assert(holds());
  } catch {
    throw new Error(`It does not come true:\n${output()}`);
  }
}
