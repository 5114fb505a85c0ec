import { assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/paths.ts";
import type { GatewayMessage } from "../../lib/gateway/mod.ts";
import { WebSocket } from "../../lib/http/mod.ts";
import { oneFile, startOrigin } from "../gateway/world.ts";
import { startAlluvium } from "../support/alluvium.ts";
import { startNginx } from "../support/nginx.ts";
import { freePorts } from "../support/ports.ts";
import { run, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { type TempFolder, tempFolder } from "../support/temp.ts";

/** A certificate for the sample's name; the files of key and chain. */
async function certificate(folder: TempFolder): Promise<[string, string]> {
  const [key, chain] = [folder.file("privkey.pem"), folder.file("chain.pem")];
  const made = await run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"],
    ...["-subj", "/CN=gateway.example", "-keyout", key, "-out", chain],
    ...["-addext", "subjectAltName=DNS:gateway.example"],
  ]);
  assertEquals(made.code, 0, made.stderr);
  return [key, chain];
}

/** The samples that people copy, with this test's ports and certificate. */
async function nginxSample(folder: TempFolder, own: number, gateway: number) {
  const [key, chain] = await certificate(folder);
  const text = await Deno.readTextFile(`${ROOT}/docs/gateway/nginx.conf`);
  return text.replace("listen 443 ssl", `listen 127.0.0.1:${own} ssl`)
    .replace(/ssl_certificate +\S+;/, `ssl_certificate ${chain};`)
    .replace(/ssl_certificate_key +\S+;/, `ssl_certificate_key ${key};`)
    .replaceAll("127.0.0.1:7170", `127.0.0.1:${gateway}`);
}

async function startCaddy(folder: TempFolder, own: number, gateway: number) {
  const [key, chain] = await certificate(folder);
  const text = await Deno.readTextFile(`${ROOT}/docs/gateway/Caddyfile`);
  const site = text.replace(
    "gateway.example {",
    `https://gateway.example:${own} {\nbind 127.0.0.1\ntls ${chain} ${key}`,
  ).replaceAll("127.0.0.1:7170", `127.0.0.1:${gateway}`);
  const file = await folder.write(
    "Caddyfile",
    `{\nadmin off\nauto_https disable_redirects\n}\n${site}`,
  );
  const child = start(
    program("caddy").required(),
    ["run", "--config", file, "--adapter", "caddyfile"],
    { env: { XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path } },
  );
  await child.waitFor(/serving initial configuration/, 20_000);
  return child;
}

/** Says hello and joins over TLS from an address of its own; the answers by name. */
async function talk(port: number, url: string) {
  const options = {
    headers: { host: "gateway.example", "x-forwarded-for": "8.8.8.8" },
    servername: "gateway.example", // For TLS; its types do not know it.
    rejectUnauthorized: false,
    localAddress: "127.0.0.2",
  };
  const address = `wss://127.0.0.1:${port}/ocn/v1/swarm`;
  const socket = new WebSocket(address, options);
  const answers = new Map<string, GatewayMessage>();
  const { promise: joined, resolve, reject } = Promise.withResolvers<void>();
  socket.on("error", reject);
  socket.on("message", (data: Uint8Array) => {
    const message: GatewayMessage = JSON.parse(new TextDecoder().decode(data));
    answers.set(message.t, message);
    if (message.t === "joined" || message.t === "error") resolve();
  });
  socket.on("open", () => {
    const say = (message: unknown) => socket.send(JSON.stringify(message));
    const id = "0".repeat(32);
    say({ t: "hello", v: 1, id, port: 0, capacity: 1, share: true });
    say({ t: "join", ref: 1, url, leaf: 0, chunk: 1, lease: 0 });
  });
  await joined;
  const closed = new Promise((done) => socket.on("close", done));
  socket.terminate();
  await closed;
  return answers;
}

const PROXIES = {
  nginx: async (folder: TempFolder, own: number, gateway: number) =>
    await startNginx({ httpConfig: await nginxSample(folder, own, gateway) }),
  caddy: startCaddy,
};

for (const [name, startProxy] of Object.entries(PROXIES)) {
  Deno.test({
    name:
      `listeners reach a gateway over wss through ${name} as the sample has it, each by its own address`,
    ignore: programs(name, "openssl").ignore,
    async fn() {
      await using folder = await tempFolder();
      await using origin = await startOrigin(oneFile(new Uint8Array(99)));
      const [own = 0, port = 0] = freePorts(2);
      await using gateway = await startAlluvium(
        ...["gateway", "--port", `${port}`, "--data", folder.file("data")],
        ...["--public-url", "https://gateway.example/"],
        ...["--trust-proxy", "127.0.0.1", "--allow-private"],
      );
      await gateway.waitFor(/^Gateway +https:/m, 20_000);
      await using _proxy = await startProxy(folder, own, port);
      const answers = await talk(own, `${origin.url}a.mp3`);
      const welcome = answers.get("welcome");
      const joined = answers.get("joined");
      // Not what the client says of itself, and not the proxy's.
      assertEquals(welcome?.t === "welcome" && welcome.address, "127.0.0.2");
      const [mirror] = joined?.t === "joined" ? joined.resource.mirrors : [];
      assertEquals(
        mirror?.startsWith("https://gateway.example/uri-res/N2R?"),
        true,
      );
    },
  });
}
