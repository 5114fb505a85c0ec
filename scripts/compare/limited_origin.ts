/**
 * nginx behind a line of a given rate, whatever the number of connections: in a
 * network namespace of its own, on the far end of a pair of virtual interfaces
 * that a token bucket paces. Linux, root, `ip` and `tc` are needed; both ends go
 * away with it.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { run, start } from "../../tests/support/processes.ts";
import { program } from "../../tests/support/programs.ts";
import { tempFolder } from "../../tests/support/temp.ts";

const NAMESPACE = "alluvium-origin";
const [NEAR, FAR] = ["alluvium-near", "alluvium-far"];
/** Private ones that hardly anybody uses: a gateway fetches from none that is reserved. */
const [NEAR_ADDRESS, FAR_ADDRESS] = ["10.213.77.1", "10.213.77.2"];

/** A running origin; `await using` ends it. */
export interface LimitedOrigin extends AsyncDisposable {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Bytes of bodies sent so far, by the lines of its log. */
  bytesSent(): Promise<number>;
}

/** Serves a folder at so many bytes a second in all. */
export async function startLimitedOrigin(
  root: string,
  bytesPerSecond: number,
): Promise<LimitedOrigin> {
  await remove();
  await line(bytesPerSecond);
  const folder = await tempFolder();
  const log = folder.file("access.log");
  const config = await folder.write(
    "nginx.conf",
    `user root;
worker_processes 1;
pid ${folder.file("nginx.pid")};
events { worker_connections 512; }
http {
  default_type application/octet-stream;
  log_format bytes '$body_bytes_sent';
  access_log ${log} bytes;
  sendfile on;
  server { listen ${FAR_ADDRESS}:80; root ${root}; }
}
`,
  );
  const nginx = start("ip", [
    ...["netns", "exec", NAMESPACE, program("nginx").required()],
    ...["-p", folder.path, "-c", config, "-e", folder.file("error.log")],
    ...["-g", "daemon off;"],
  ]);
  const url = `http://${FAR_ADDRESS}/`;
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined) break;
    await systemClock.sleep(20);
  }
  return {
    url,
    async bytesSent() {
      const lines = (await Deno.readTextFile(log)).trim().split("\n");
      return lines.reduce((sum, bytes) => sum + Number(bytes), 0);
    },
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
      await remove();
    },
  };
}

async function line(bytesPerSecond: number): Promise<void> {
  const inside = ["-n", NAMESPACE];
  await ip("netns", "add", NAMESPACE);
  await ip("link", "add", NEAR, "type", "veth", "peer", FAR);
  await ip("link", "set", FAR, "netns", NAMESPACE);
  await ip("addr", "add", `${NEAR_ADDRESS}/30`, "dev", NEAR);
  await ip("link", "set", NEAR, "up");
  await ip(...inside, "addr", "add", `${FAR_ADDRESS}/30`, "dev", FAR);
  await ip(...inside, "link", "set", FAR, "up");
  await must("tc", [
    ...[...inside, "qdisc", "add", "dev", FAR, "root", "tbf"],
    ...["rate", `${bytesPerSecond * 8}bit`, "burst", "256k"],
    ...["latency", "50ms"],
  ]);
}

/** What this run made, or one before it that was killed. */
async function remove(): Promise<void> {
  await run("ip", ["link", "del", NEAR]);
  await run("ip", ["netns", "del", NAMESPACE]);
}

function ip(...words: string[]): Promise<void> {
  return must("ip", words);
}

async function must(command: string, words: string[]): Promise<void> {
  const { code, stderr } = await run(command, words);
  if (code !== 0) {
    throw new Error(`Cannot run ${command} ${words.join(" ")}: ${stderr}`);
  }
}
