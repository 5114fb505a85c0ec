/**
 * A script of another site reads a stream with its titles, in a browser that no
 * one here wrote: it asks first (OPTIONS), and needs the headers that CORS lets
 * it see.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/mod.ts";
import { Mount } from "../../lib/icecast/mount.ts";
import { MountTable } from "../../lib/icecast/mount_table.ts";
import { mountRoutes } from "../../lib/icecast/routes.ts";
import { ICY_METADATA_INTERVAL_BYTES } from "../../lib/limits.ts";
import { CHROMIUM, openPage } from "./browser.ts";

const TITLE = "Jürgen – ☃";

/** What a script makes of the first title: its interval, its text, the name. */
const READ_TITLE = `(async (url) => {
  const aborter = new AbortController();
  const response = await fetch(url, {
    headers: { "Icy-MetaData": "1" },
    signal: aborter.signal,
  });
  const every = Number(response.headers.get("icy-metaint"));
  const reader = response.body.getReader();
  let bytes = new Uint8Array(0);
  while (bytes.length < every + 1 + 255 * 16) {
    const { value } = await reader.read();
    bytes = new Uint8Array([...bytes, ...value]);
  }
  aborter.abort();
  const length = bytes[every] * 16;
  const text = new TextDecoder().decode(
    bytes.slice(every + 1, every + 1 + length),
  );
  return { every, text, name: response.headers.get("icy-name") };
})`;

/** A front with one mount that has something to send. */
async function openMount(crossOrigin: boolean): Promise<Front> {
  const mount = new Mount({
    path: "/stream.mp3",
    contentType: "audio/mpeg",
    name: "Delta",
    clock: systemClock,
  });
  const data = new Uint8Array(32_768);
  const header = new Uint8Array(0);
  mount.push({ data, durationMs: 1000, header, title: TITLE });
  const mounts = new MountTable();
  mounts.add(mount);
  return await Front.listen({
    routes: mountRoutes(mounts, { clock: systemClock, crossOrigin }),
    isStream: (path) => mounts.get(path) !== undefined,
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
}

/** A page of another site, which has nothing of its own. */
function openOtherSite(): Promise<Front> {
  return Front.listen({
    routes: [{
      method: "GET",
      path: "/",
      handle: () =>
        new Response("<!DOCTYPE html><link rel=icon href=data:,>", {
          headers: { "content-type": "text/html" },
        }),
    }],
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
}

Deno.test({
  name:
    "another site's script reads titles from a relay, and nothing from listen",
  ignore: CHROMIUM.ignore,
  fn: async () => {
    const [relay, listen, site] = await Promise.all([
      openMount(true),
      openMount(false),
      openOtherSite(),
    ]);
    try {
      await using open = await openPage(site.url);
      const read = (front: Front) =>
        open.page.evaluate(`${READ_TITLE}("${front.url}stream.mp3")`);
      const found = await read(relay) as Record<string, unknown>;
      assertEquals([found.every, found.name], [
        ICY_METADATA_INTERVAL_BYTES,
        "Delta",
      ]);
      assert(`${found.text}`.startsWith(`StreamTitle='${TITLE}';`));
      const refused = await read(listen).then(() => false, () => true);
      assert(refused, "it could read a listener's own stream");
    } finally {
      await Promise.all([relay, listen, site].map((front) => front.close()));
    }
  },
});
