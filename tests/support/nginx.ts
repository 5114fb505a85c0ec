/**
 * An origin that no one here wrote: Debian's nginx, on loopback, with a folder
 * of its own. Its access log says how many bytes it sent, which is what the
 * swarm is judged by.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import { freePort } from "./ports.ts";
import { type Child, start } from "./processes.ts";
import { program } from "./programs.ts";
import { type TempFolder, tempFolder } from "./temp.ts";

/** How an origin is set up. */
export interface NginxOptions {
  /** The folder to serve; default an empty one that goes away with it. */
  root?: string;
  /** The most that one connection gets, in bytes a second; default no limit. */
  bytesPerSecond?: number;
  /** Lines for the `server` block. */
  config?: string;
  /** Lines for the `http` block, e.g. another server. */
  httpConfig?: string;
}

/** One answered request. */
export interface AccessLine {
  /** GET, HEAD. */
  method: string;
  /** Path and query. */
  uri: string;
  /** The answer's status. */
  status: number;
  /** Bytes of the body that were sent. */
  bytes: number;
  /** The `Range` asked for, or "". */
  range: string;
  /** The `User-Agent`, or "". */
  agent: string;
}

/** A running nginx; `await using` ends it and removes what it wrote. */
export interface Nginx extends AsyncDisposable {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** The folder it serves. */
  readonly root: string;
  /** Its process. */
  readonly child: Child;
  /** The requests it has answered so far; a request appears when it has ended. */
  requests(): Promise<AccessLine[]>;
  /** Bytes of bodies it has sent, for all paths or for those that match. */
  bytesSent(uri?: RegExp): Promise<number>;
}

const LOG_FORMAT = `escape=json '{"method":"$request_method",` +
  `"uri":"$request_uri","status":$status,"bytes":$body_bytes_sent,` +
  `"range":"$http_range","agent":"$http_user_agent"}'`;

/**
 * Starts nginx on a free port.
 *
 * @throws {Error} if nginx is not installed or does not start
 */
export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  const folder = await tempFolder();
  const port = freePort();
  const root = options.root ?? folder.file("root");
  await Deno.mkdir(root, { recursive: true });
  const config = await folder.write(
    "nginx.conf",
    configuration(folder, port, root, options),
  );
  const child = start(program("nginx").required(), [
    ...["-p", folder.path, "-c", config],
    ...["-e", folder.file("error.log"), "-g", "daemon off;"],
  ]);
  const url = `http://127.0.0.1:${port}/`;
  await answering(url, child);
  const requests = () => readLog(folder.file("access.log"));
  return {
    url,
    root,
    child,
    requests,
    async bytesSent(uri = /^/) {
      const lines = (await requests()).filter((line) => uri.test(line.uri));
      return lines.reduce((sum, { bytes }) => sum + bytes, 0);
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function configuration(
  folder: TempFolder,
  port: number,
  root: string,
  { bytesPerSecond, config = "", httpConfig = "" }: NginxOptions,
): string {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder.file(name)};`).join("\n  ");
  // As root, nginx would drop to a user who may not read the test's folder.
  const user = Deno.build.os !== "windows" && Deno.uid() === 0
    ? "user root;"
    : "";
  return `${user}
worker_processes 1;
pid ${folder.file("nginx.pid")};
events { worker_connections 512; }
http {
  ${temp}
  types {
    audio/mpeg mp3; audio/ogg ogg opus; application/xml rss xml;
    text/html html; text/plain txt;
  }
  default_type application/octet-stream;
  log_format lines ${LOG_FORMAT};
  access_log ${folder.file("access.log")} lines;
  sendfile on;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    ${bytesPerSecond === undefined ? "" : `limit_rate ${bytesPerSecond};`}
    ${config}
  }
  ${httpConfig}
}
`;
}

async function answering(url: string, child: Child): Promise<void> {
  for (let attempt = 0; attempt < 250; attempt++) {
    try {
      await using connection = await Deno.connect({
        hostname: "127.0.0.1",
        port: Number(new URL(url).port),
      });
      if (connection) return;
    } catch {
      if (!child.running) break;
      await systemClock.sleep(20);
    }
  }
  await child.end("SIGKILL");
  throw new Error(`Cannot start nginx:\n${child.output}`);
}

async function readLog(path: string): Promise<AccessLine[]> {
  const text = await Deno.readTextFile(path);
  return text.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
