/**
 * What `alluvium broadcast --server NAME` prints, in the servers themselves:
 * types, ranges, and leave for other pages.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { serverLines } from "../../lib/broadcaster/mod.ts";
import { systemClock } from "../../lib/clock.ts";
import { startNginx } from "../support/nginx.ts";
import { freePort } from "../support/ports.ts";
import { start } from "../support/processes.ts";
import { program } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const nginx = program("nginx");
const lighttpd = program("lighttpd");
const apache = program("apache2");
const caddy = program("caddy");

/** Waits until a server answers, or has ended. */
async function answers(
  url: string,
  server: { running: boolean },
): Promise<void> {
  for (let attempt = 0; attempt < 250 && server.running; attempt++) {
    const there = await fetch(url).then((answer) => answer.body?.cancel())
      .then(() => true, () => false);
    if (there) return;
    await systemClock.sleep(20);
  }
}

/** Fetches a playlist and a range of a file, and judges what comes. */
async function judge(url: string): Promise<void> {
  const playlist = await fetch(new URL("a/playlist.rss", url));
  assertEquals(await playlist.text(), "<rdf/>");
  assertEquals(playlist.status, 200);
  assertEquals(playlist.headers.get("content-type"), "application/x-alluvium");
  assertEquals(playlist.headers.get("cache-control"), "no-cache");
  for (const name of ["a/b.mp3", "a/b.mp3.tree", "a/C.FLAC", "a/d.mkv"]) {
    const part = await fetch(new URL(name, url), {
      headers: { range: "bytes=2-4", origin: "https://player.example" },
    });
    assertEquals([part.status, await part.text()], [206, "cde"]);
    assertEquals(part.headers.get("content-range"), "bytes 2-4/6");
    assertEquals(part.headers.get("access-control-allow-origin"), "*");
    assertStringIncludes(
      part.headers.get("access-control-expose-headers") ?? "",
      "Content-Range",
    );
  }
  const again = await fetch(new URL("a/playlist.rss", url), {
    headers: { "if-none-match": playlist.headers.get("etag") ?? "" },
  });
  assertEquals([again.status, await again.text()], [304, ""]);
}

async function site() {
  const folder = await tempFolder();
  await folder.write("root/a/playlist.rss", "<rdf/>");
  await folder.write("root/a/b.mp3", "abcdef");
  await folder.write("root/a/b.mp3.tree", "abcdef");
  await folder.write("root/a/C.FLAC", "abcdef");
  await folder.write("root/a/d.mkv", "abcdef");
  return folder;
}

Deno.test({
  name: "nginx with our lines is a good origin",
  ignore: nginx.ignore,
  async fn() {
    await using folder = await site();
    await using server = await startNginx({
      root: folder.file("root"),
      config: serverLines("nginx"),
    });
    await judge(server.url);
  },
});

Deno.test({
  name: "lighttpd with our lines is a good origin",
  ignore: lighttpd.ignore,
  async fn() {
    await using folder = await site();
    const port = freePort();
    const config = await folder.write(
      "lighttpd.conf",
      `server.document-root = "${folder.file("root")}"
server.bind = "127.0.0.1"
server.port = ${port}
mimetype.assign = ( ".mp3" => "audio/mpeg" )
${serverLines("lighttpd")}
`,
    );
    await using server = start(lighttpd.required(), ["-D", "-f", config]);
    const url = `http://127.0.0.1:${port}/`;
    await answers(url, server);
    await judge(url);
  },
});

const MODULES = "/usr/lib/apache2/modules";

/** Apache's least configuration for a folder, as Debian lays it out. */
function apacheConfig(folder: string, port: number, lines: string): string {
  const modules = ["mpm_event", "authz_core", "mime", "headers"];
  return `${
    modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
      .join("\n")
  }
ServerRoot "${folder}"
ServerName 127.0.0.1
User www-data
Group www-data
PidFile "${folder}/apache.pid"
DefaultRuntimeDir "${folder}"
TypesConfig /dev/null
ErrorLog "${folder}/error.log"
Listen 127.0.0.1:${port}
<VirtualHost *>
    DocumentRoot "${folder}/root"
    <Directory "${folder}/root">
        Require all granted
        AllowOverride FileInfo
    </Directory>
    ${lines}
</VirtualHost>
`;
}

for (const place of ["its configuration", ".htaccess"]) {
  Deno.test({
    name: `Apache with our lines in ${place} is a good origin`,
    ignore: apache.ignore,
    async fn() {
      await using folder = await site();
      // Apache reads as www-data when it is started by root.
      await Deno.chmod(folder.path, 0o755);
      const lines = serverLines("apache");
      const isInFolder = place === ".htaccess";
      if (isInFolder) await folder.write("root/.htaccess", lines);
      const port = freePort();
      const config = await folder.write(
        "apache.conf",
        apacheConfig(folder.path, port, isInFolder ? "" : lines),
      );
      await using server = start(apache.required(), [
        "-D",
        "FOREGROUND",
        "-f",
        config,
      ]);
      const url = `http://127.0.0.1:${port}/`;
      await answers(url, server);
      await judge(url);
    },
  });
}

Deno.test({
  name: "Caddy with our lines is a good origin",
  ignore: caddy.ignore,
  async fn() {
    await using folder = await site();
    const port = freePort();
    const config = await folder.write(
      "Caddyfile",
      `{
    admin off
    auto_https off
    storage file_system ${folder.file("caddy")}
}
http://127.0.0.1:${port} {
    root * ${folder.file("root")}
    file_server
${serverLines("caddy")}
}
`,
    );
    await using server = start(caddy.required(), [
      "run",
      "--adapter",
      "caddyfile",
      "--config",
      config,
    ], { env: { HOME: folder.path } });
    const url = `http://127.0.0.1:${port}/`;
    await answers(url, server);
    await judge(url);
  },
});
