/**
 * What our server is said to answer as Icecast does, asked of icecast2: the table
 * of tests/icecast/admin/answers.ts holds for both, and a stream's headers differ
 * by what is meant to.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createConnection } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { ANSWERS } from "../icecast/admin/answers.ts";
import { headersOf } from "../../scripts/compare/headers.ts";
import { basic, eventually, ServerRig } from "../icecast/server_rig.ts";
import { Icecast } from "../support/icecast.ts";
import { type Child, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const PASSWORD = "hackme";
const MOUNTS = ["/a.mp3", "/b.mp3", "/users.mp3"];

/** A mount whose listeners are known, in a file that icecast2 may change. */
function usersMount(file: string): string {
  return `<mount type="normal"><mount-name>/users.mp3</mount-name>
    <authentication type="htpasswd"><option name="filename" value="${file}"/>
    </authentication></mount>`;
}

/** What a source says of itself. */
const ABOUT = ["-ice_name", "It's a name", "-ice_genre", "Test"]
  .concat(["-ice_description", "Desc", "-ice_url", "http://x.example/"]);

function startSource(port: number, path: string): Child {
  const what = "-v error -re -f lavfi -i sine -c:a libmp3lame -f mp3";
  const to = `icecast://source:${PASSWORD}@127.0.0.1:${port}${path}`;
  return start(program("ffmpeg").required(), [
    ...what.split(" "),
    ...["-content_type", "audio/mpeg", ...ABOUT, to],
  ]);
}

/** An answer as it comes; icecast2's own to `buildm3u` is no HTTP that fetch takes. */
function ask(port: number, path: string, login: string): Promise<string> {
  const user = { user: login, password: PASSWORD };
  const lines = [
    `GET /admin/${path} HTTP/1.0`,
    ...login === "none" ? [] : [`Authorization: ${basic(user)}`],
  ];
  const socket = createConnection(port, "127.0.0.1");
  socket.write([...lines, "", ""].join("\r\n"));
  let text = "";
  return new Promise((resolve, reject) => {
    socket.on("data", (bytes) => text += bytes);
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

Deno.test({
  name: "icecast2 answers the admin commands as our tests say it does",
  ignore: programs("icecast2", "ffmpeg").ignore,
  fn: async () => {
    await using folder = await tempFolder();
    await Deno.chmod(folder.path, 0o777);
    const file = await folder.write("users", "");
    await Deno.chmod(file, 0o666);
    // A change within the second in which it was read is overlooked.
    await Deno.utime(file, 1, 1);
    await using icecast = await Icecast.start({ config: usersMount(file) });
    await using stack = new AsyncDisposableStack();
    for (const path of MOUNTS) stack.use(startSource(icecast.port, path));
    const areOn = async () => {
      const list = await ask(icecast.port, "streamlist.txt", "relay");
      return MOUNTS.every((path) => list.includes(path));
    };
    for (let i = 0; i < 200 && !await areOn(); i++) {
      await systemClock.sleep(50);
    }
    for (const { path, status, text, login = "admin", ours } of ANSWERS) {
      if (ours) continue;
      const answer = await ask(icecast.port, path, login);
      const [, found] = /^HTTP\/1\.\d (\d{3}) /.exec(answer) ?? [];
      assertEquals([path, login, Number(found)], [path, login, status]);
      assert(answer.includes(text), `${path}: ${answer}`);
    }
  },
});

/** Headers that one of the two does not send, or sends otherwise; why is in docs/icecast.md. */
const DIFFERENCES = {
  ours: [
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin", // Icecast has it in its configuration.
    "access-control-expose-headers",
    "access-control-max-age",
    "ice-audio-info",
    "icy-br",
  ],
  theirs: ["icy-metadata"],
  values: ["server"],
};

/** Headers by lower-case name, without what is only spelling. */
async function namedHeaders(url: string): Promise<Map<string, string>> {
  const [, ...lines] = await headersOf(url);
  return new Map(lines.map((line) => {
    const [, name = "", value = ""] = /^([^:]+): *(.*)$/.exec(line) ?? [];
    const plain = name.toLowerCase();
    return [plain, plain === "connection" ? value.toLowerCase() : value];
  }));
}

Deno.test({
  name:
    "a stream's headers are icecast2's, but for the differences that are told",
  ignore: programs("icecast2", "ffmpeg").ignore,
  fn: async () => {
    await using icecast = await Icecast.start();
    await using rig = await ServerRig.open({ clock: systemClock });
    await using _a = startSource(icecast.port, "/a.mp3");
    await using _b = startSource(rig.front.port, "/a.mp3");
    await eventually(() => rig.mounts.get("/a.mp3")?.heard === "live");
    const isOn = () => fetch(`${icecast.url}a.mp3`);
    for (let i = 0; i < 200; i++) {
      const response = await isOn();
      await response.body?.cancel();
      if (response.ok) break;
      await systemClock.sleep(50);
    }
    const ours = await namedHeaders(`${rig.front.url}a.mp3`);
    const theirs = await namedHeaders(`${icecast.url}a.mp3`);
    const only = (a: Map<string, string>, b: Map<string, string>) =>
      [...a.keys()].filter((name) => !b.has(name)).toSorted();
    assertEquals(only(ours, theirs), DIFFERENCES.ours);
    assertEquals(only(theirs, ours), DIFFERENCES.theirs);
    const others = [...ours].filter(([name, value]) =>
      theirs.has(name) && theirs.get(name) !== value
    ).map(([name]) => name);
    assertEquals(others, DIFFERENCES.values);
  },
});
