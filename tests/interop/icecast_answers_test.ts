/**
 * What our admin API is said to answer as Icecast does, asked of icecast2: the
 * table of tests/icecast/admin/answers.ts holds for both.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createConnection } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { ANSWERS } from "../icecast/admin/answers.ts";
import { basic } from "../icecast/server_rig.ts";
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

function startSource(port: number, path: string): Child {
  const what = "-v error -re -f lavfi -i sine -c:a libmp3lame -f mp3";
  const to = `icecast://source:${PASSWORD}@127.0.0.1:${port}${path}`;
  return start(program("ffmpeg").required(), [...what.split(" "), to]);
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
