import { assert, assertEquals } from "@std/assert";
import { createConnection } from "node:net";
import { ERROR_TABLE, type ErrorCode } from "../../lib/errors.ts";
import { formatTreeUrn } from "../../lib/hashtree/mod.ts";
import { HTTP_HEAD_BYTES_MAX } from "../../lib/limits.ts";
import { oneFile, startGateway, startOrigin } from "./world.ts";

/** Checks that a body is the problem details of a code, with the table's status. */
function checkProblem(
  code: string,
  status: number,
  type: string,
  body: string,
) {
  const problem = JSON.parse(body);
  assertEquals(type, "application/problem+json", body);
  assertEquals(problem.type, `urn:alluvium:error:${code}`);
  assertEquals([problem.code, problem.status], [code, status]);
  assertEquals(status, ERROR_TABLE[code as ErrorCode].status);
  assert(problem.title !== "" && problem.detail !== "");
}

Deno.test("whatever is wrong with a request, the answer is problem details with a code of the table", async () => {
  await using origin = await startOrigin(oneFile(new Uint8Array(99)));
  await using world = await startGateway();
  const client = await world.client();
  await client.joined({ url: `${origin.url}a.mp3` });
  const { root } = await client.next("root");
  const strange = formatTreeUrn("ab".repeat(32));
  const cases: [string, string, RequestInit?][] = [
    ["no/such/page", "not-found"],
    ["time", "method-not-allowed", { method: "POST" }],
    ["ocn/v1/resource", "method-not-allowed", { method: "DELETE" }],
    ["ocn/v1/swarm", "upgrade-required"],
    ["ocn/v1/resource", "bad-request"],
    ["ocn/v1/resource?url=ftp://a.example/", "url-forbidden"],
    [`ocn/v1/resource?url=${world.url}time`, "url-forbidden"],
    ["ocn/v1/tree/zz", "not-found"],
    [`ocn/v1/tree/${root}?from=7&count=1`, "bad-request"],
    [`ocn/v1/tree/${root}?from=abc`, "bad-request"],
    [`ocn/v1/tree/${root}?from=0&count=0`, "bad-request"],
    ["uri-res/N2R?urn:x", "not-found"],
    ["uri-res/N2R", "bad-request"],
    ["uri-res/N2Ls?", "bad-request"],
    [`uri-res/N2L?${strange}`, "not-found"],
    [`uri-res/N2Ls?${strange}`, "not-found"],
    [`uri-res/N2R?${formatTreeUrn(root)}`, "range-not-satisfiable", {
      headers: { range: "bytes=500-" },
    }],
  ];
  for (const [path, code, init] of cases) {
    const answer = await fetch(world.url + path, init);
    const type = answer.headers.get("content-type") ?? "";
    checkProblem(code, answer.status, type, await answer.text());
    if (code === "upgrade-required") {
      assertEquals(answer.headers.get("sec-websocket-version"), "13");
    }
    if (code === "method-not-allowed") assert(answer.headers.has("allow"));
    if (code === "range-not-satisfiable") {
      assertEquals(answer.headers.get("content-range"), "bytes */99");
    }
  }
});

Deno.test("what is no request at all is answered by problem details, too", async () => {
  await using world = await startGateway();
  const upgrade = (rest: string) =>
    "GET /ocn/v1/swarm HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
    `Connection: Upgrade\r\nUpgrade: websocket\r\n${rest}\r\n\r\n`;
  const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
  const long = "x".repeat(HTTP_HEAD_BYTES_MAX);
  const cases: [string, string][] = [
    [upgrade(`Sec-WebSocket-Version: 7\r\n${key}`), "upgrade-required"],
    [upgrade(`Sec-WebSocket-Version: 13`), "bad-request"],
    ["BREW / HTTP/1.1\r\n\r\n", "bad-request"],
    [`GET / HTTP/1.1\r\nX: ${long}\r\n\r\n`, "head-too-large"],
  ];
  for (const [request, code] of cases) {
    const text = await talk(world.front.port, request);
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const status = Number(head.split(" ")[1]);
    const type = /content-type: (\S+)/i.exec(head)?.[1] ?? "";
    checkProblem(code, status, type, body);
  }
});

/** Says something to a port and reads to the end. */
function talk(port: number, request: string): Promise<string> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  let text = "";
  socket.on("data", (data: Uint8Array) => {
    text += new TextDecoder().decode(data);
  });
  socket.write(request);
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}
