import { assert, assertEquals } from "@std/assert";
import { loadDemoMedia } from "../../lib/cli/demo_media.ts";

const ascii = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

Deno.test("loadDemoMedia() gives tagged MP3 files by default", async () => {
  const media = await loadDemoMedia();
  assertEquals(media.length, 4);
  for (const { name, type, bytes, title, artist } of media) {
    assert(name.endsWith(".mp3"));
    assertEquals(type, "audio/mpeg");
    assertEquals(ascii(bytes.subarray(0, 3)), "ID3");
    // ID3v2.3 text is UTF-16 or Latin-1; without its zeros it reads the same.
    const head = ascii(bytes.subarray(0, 1000)).replaceAll("\0", "");
    assert(head.includes(title) && head.includes(artist), name);
  }
});

Deno.test("loadDemoMedia() gives the same pieces as tagged Ogg Opus", async () => {
  const opus = await loadDemoMedia("opus");
  const mp3 = await loadDemoMedia("mp3");
  assertEquals(opus.map((m) => m.title), mp3.map((m) => m.title));
  for (const { type, bytes, title, artist } of opus) {
    assertEquals(type, "audio/ogg");
    const head = ascii(bytes.subarray(0, 1000));
    assert(head.startsWith("OggS") && head.includes("OpusHead"));
    assert(
      head.includes(`title=${title}`) && head.includes(`artist=${artist}`),
    );
  }
});

Deno.test("the bundled media stay under 3 MB in all", async () => {
  const all = [...await loadDemoMedia("mp3"), ...await loadDemoMedia("opus")];
  const total = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert(total < 3_000_000, `${total} bytes`);
});
