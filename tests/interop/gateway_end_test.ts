import { assert, assertEquals, assertMatch } from "@std/assert";
import { WebSocket } from "../../lib/http/mod.ts";
import { startAlluvium } from "../support/alluvium.ts";
import { tempFolder } from "../support/temp.ts";
import { oneFile, startOrigin } from "../gateway/world.ts";

/** RFC 6455: going away. */
const GOING_AWAY = 1001;

Deno.test("a gateway that is asked to end says goodbye, closes its store and ends in time", async () => {
  await using folder = await tempFolder();
  await using child = await startAlluvium(
    ...["gateway", "--port", "0", "--data", folder.path],
  );
  const [, url = ""] = await child.waitFor(/^Gateway +(http\S+)/m, 20_000);
  const socket = new WebSocket(`${url.replace("http", "ws")}ocn/v1/swarm`);
  await new Promise((resolve) => socket.on("open", resolve));
  const closed = new Promise((resolve) => socket.on("close", resolve));
  const { code, signal } = await child.end("SIGTERM");
  // 130: ended by a person. No signal: it ended by itself.
  assertEquals([await closed, code, signal], [GOING_AWAY, 130, null]);
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  // A store that is not closed leaves its log beside it.
  assertEquals(left.sort(), ["arriving", "files", "gateway.sqlite"]);
});

Deno.test("a gateway's log is one JSON object a line where that is asked for, with files and without listeners", async () => {
  await using folder = await tempFolder();
  await using origin = await startOrigin(oneFile(new Uint8Array(50_000)));
  await using child = await startAlluvium(
    ...["gateway", "--port", "0", "--data", folder.path, "--allow-private"],
    ...["--log-format", "json", "--log-level", "debug"],
  );
  const [, url = ""] = await child.waitFor(/^Gateway +(http\S+)/m, 20_000);
  const socket = new WebSocket(`${url.replace("http", "ws")}ocn/v1/swarm`);
  await new Promise((resolve) => socket.on("open", resolve));
  const id = "feed".repeat(8);
  const say = (message: unknown) => socket.send(JSON.stringify(message));
  say({ t: "hello", v: 1, id, port: 0, capacity: 1, share: true });
  const media = origin.url.replace("127.0.0.1", "localhost");
  say({ t: "join", ref: 1, url: `${media}a`, leaf: 0, chunk: 1, lease: 0 });
  const [line = ""] = await child.waitFor(/^.*Hashed a file.*$/m, 20_000);
  const { time, ...rest } = JSON.parse(line);
  assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assertEquals(rest, {
    ...{ level: "debug", message: "Hashed a file" },
    ...{ url: `${media}a`, bytes: 50_000 },
  });
  await child.end("SIGTERM");
  const talk = child.output.split("\n").filter((line) => /^\{/.test(line));
  for (const line of talk) JSON.parse(line);
  const told = talk.join("\n");
  assert(!told.includes(id) && !told.includes("127.0.0.1"), told);
});
