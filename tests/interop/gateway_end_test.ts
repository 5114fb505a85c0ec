import { assertEquals } from "@std/assert";
import { WebSocket } from "../../lib/http/mod.ts";
import { startAlluvium } from "../support/alluvium.ts";
import { tempFolder } from "../support/temp.ts";

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
