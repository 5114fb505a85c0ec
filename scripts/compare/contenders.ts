/**
 * The servers of a comparison, each started fresh and stopped afterwards.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { STREAM_FLAGS } from "../run.ts";

/** A server with one mount on the air. */
export interface Contender {
  name: string;
  /** Of the server process. */
  pid: number;
  /** Of the stream. */
  url: string;
  stop(): Promise<void>;
}

/** Our own mount, see mount_server.ts. */
export async function startAlluvium(kbit: number): Promise<Contender> {
  const script = new URL("listeners.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", ...STREAM_FLAGS],
      ...["--import-map", "scripts/npm/import_map.json"],
      ...[script, "mount", `--kbit=${kbit}`],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  return {
    name: "alluvium",
    pid: process.pid,
    url: new TextDecoder().decode(value).trim(),
    async stop() {
      await process.stdin.close();
      await reader.cancel();
      await process.status;
    },
  };
}

/** Our Icecast server, fed by ffmpeg; see stream_server.ts. */
export async function startAlluviumWithSource(
  kbit: number,
): Promise<Contender> {
  const script = new URL("icecast.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", ...STREAM_FLAGS],
      ...["--import-map", "scripts/npm/import_map.json"],
      ...[script, "server"],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  const mount = `127.0.0.1:${
    new TextDecoder().decode(value).trim()
  }/stream.mp3`;
  const source = startSource(kbit, mount);
  await systemClock.sleep(6000);
  return {
    name: "alluvium",
    pid: process.pid,
    url: `http://${mount}`,
    async stop() {
      source.kill();
      await source.status;
      await process.stdin.close();
      await reader.cancel();
      await process.status;
    },
  };
}

/** The source that every server gets. */
function startSource(kbit: number, mount: string): Deno.ChildProcess {
  return new Deno.Command("ffmpeg", {
    args: [
      ...`-v error -re -f lavfi -i sine=440 -c:a libmp3lame`.split(" "),
      ...`-b:a ${kbit}k -content_type audio/mpeg -f mp3`.split(" "),
      `icecast://source:hackme@${mount}`,
    ],
    stdin: "null",
    stderr: "null",
  }).spawn();
}

/** icecast2 from Debian, fed by ffmpeg. */
export async function startIcecast(kbit: number): Promise<Contender> {
  const folder = await Deno.makeTempDir({ prefix: "alluvium-icecast-" });
  await Deno.chmod(folder, 0o777);
  const port = freePort();
  await Deno.writeTextFile(`${folder}/icecast.xml`, config(folder, port));
  const server = new Deno.Command("icecast2", {
    args: ["-c", `${folder}/icecast.xml`],
    ...(Deno.uid() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
    stdout: "null",
    stderr: "null",
  }).spawn();
  await systemClock.sleep(1000);
  const mount = `127.0.0.1:${port}/stream.mp3`;
  const source = startSource(kbit, mount);
  await systemClock.sleep(6000);
  return {
    name: "icecast2",
    pid: server.pid,
    url: `http://${mount}`,
    async stop() {
      source.kill();
      await source.status;
      server.kill();
      await server.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function config(folder: string, port: number): string {
  return `<icecast>
  <limits><clients>20000</clients><sources>2</sources></limits>
  <authentication><source-password>hackme</source-password>
    <admin-user>admin</admin-user><admin-password>hackme</admin-password></authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <paths><logdir>${folder}</logdir><webroot>/usr/share/icecast2/web</webroot>
    <adminroot>/usr/share/icecast2/admin</adminroot></paths>
  <logging><loglevel>1</loglevel></logging>
</icecast>`;
}
