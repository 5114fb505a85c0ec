/**
 * What `check` says of media that cannot be heard, or seen, on one stream.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { trackFacts } from "../../lib/cli/checking/track_facts.ts";
import { CHECK_TRACK_BYTES_MAX } from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { makeFrames } from "../media/synthetic.ts";
import { item, rss1 } from "../playlist/documents.ts";
import { encode, ffmpeg } from "../media/support.ts";
import { type TempFolder, tempFolder } from "../support/temp.ts";
import { run } from "./playlist_commands.ts";

/** A playlist of files, each a line; with a filler, where one is named. */
async function told(
  folder: TempFolder,
  names: readonly string[],
  filler?: string,
): Promise<[string, string][]> {
  const link = filler === undefined
    ? ""
    : `<l:link l:rel="urn:alluvium:rel:filler" rdf:resource="${filler}"/>`;
  const items = names.map((name) =>
    item(
      `<mm:duration>1000</mm:duration><enc:enclosure rdf:resource="${name}" enc:type="audio/mpeg" enc:length="${
        Deno.statSync(folder.file(name)).size
      }"/>`,
      name,
    )
  );
  const file = await folder.write(
    "p.rss",
    rss1(items.join("\n"), `<title>T</title>${link}`),
  );
  const { out } = await run(["check", file, "--json"]);
  const problems: { code: string; message: string }[] =
    JSON.parse(out).problems;
  return problems.map(({ code, message }) => [code, message]);
}

const frames = (sampleRate: number, channels: 1 | 2 = 2) =>
  concatBytes(makeFrames(40, { sampleRate, channels }));

Deno.test("check tells which files cannot be heard on the stream of the others", async () => {
  await using folder = await tempFolder();
  await folder.write("a.mp3", frames(44_100));
  await folder.write("b.mp3", frames(48_000));
  await folder.write("c.mp3", frames(44_100));
  await folder.write("mono.mp3", frames(44_100, 1));
  const files = ["a.mp3", "b.mp3", "c.mp3"];
  assertEquals(await told(folder, ["a.mp3", "c.mp3"]), []);
  const [[code, message]] = await told(folder, files) as [[string, string]];
  assertEquals(code, "mixed-codecs");
  assertMatch(
    message,
    /^1 file is MP3 at 48 kHz in stereo, 2 are MP3 at 44.1 kHz in stereo:/,
  );
  const problems = await told(folder, files, "mono.mp3");
  assertEquals(problems.map(([code]) => code).sort(), [
    "filler-does-not-fit",
    "mixed-codecs",
  ]);
});

Deno.test("check tells of what is no media at all", async () => {
  await using folder = await tempFolder();
  await folder.write("a.mp3", "<html>".repeat(1000));
  const [[code]] = await told(folder, ["a.mp3"]) as [[string, string]];
  assertEquals(code, "media-not-playable");
});

Deno.test({
  name:
    "check tells of films whose pictures no stream carries, and of those whose sound none does",
  ignore: ffmpeg.ignore,
  async fn() {
    await using folder = await tempFolder();
    const film = async (name: string, ...codecs: string[]) => {
      const bytes = await encode(
        name.split(".")[1]!,
        ...["-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1"],
        ...["-f", "lavfi", "-i", "sine=d=1:r=48000"],
        ...codecs,
      );
      await folder.write(name, bytes);
    };
    await film("lost.mkv", "-c:v", "libx264", "-c:a", "libvorbis");
    await film("mute.mp4", "-c:v", "libx264", "-c:a", "ac3");
    await film("fine.mp4", "-c:v", "libx264", "-c:a", "aac");
    const problems = await told(folder, ["lost.mkv", "mute.mp4", "fine.mp4"]);
    assertEquals(problems.map(([code]) => code), [
      "pictures-not-shown",
      "media-not-playable",
      "mixed-codecs",
    ]);
    assertMatch(problems[0]![1], /no stream carries H.264 with Vorbis/);
    assertMatch(problems[1]![1], /without any sound/);
  },
});

Deno.test("check looks no further into a file than its limit", async () => {
  // An MP4 whose index is longer than that.
  const bytes = new Uint8Array(CHECK_TRACK_BYTES_MAX * 2);
  bytes.set(new TextEncoder().encode("\0\0\0\x10ftypisom\0\0\0\0"));
  bytes.set(new TextEncoder().encode("moov"), 20);
  bytes[17] = CHECK_TRACK_BYTES_MAX * 2 - 16 >> 16;
  bytes.fill(1, 24);
  let read = 0;
  const facts = await trackFacts("http://radio.example/a.mp3", bytes.length, {
    signal: new AbortController().signal,
    fetch: (_url, init) => {
      const range = new Headers(init?.headers).get("range")!;
      const [from, to] = range.slice(6).split("-").map(Number);
      read += to! + 1 - from!;
      return Promise.resolve(
        new Response(bytes.slice(from, to! + 1), {
          status: 206,
          headers: { "content-range": `bytes ${from}-${to}/${bytes.length}` },
        }),
      );
    },
  });
  assertEquals(facts, undefined);
  assertEquals(read <= CHECK_TRACK_BYTES_MAX, true);
});
