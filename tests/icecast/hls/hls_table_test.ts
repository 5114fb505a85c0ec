import { assert, assertEquals, assertThrows } from "@std/assert";
import { HlsTable } from "../../../lib/icecast/hls/hls_table.ts";
import { mediaPlaylist } from "../../../lib/icecast/hls/playlist.ts";
import { Segmenter } from "../../../lib/icecast/hls/segmenter.ts";
import { AlluviumError } from "../../../lib/errors.ts";
import {
  HLS_BYTES_MAX,
  HLS_FIRST_SEGMENT_MS,
  HLS_SEGMENT_MS,
  HLS_SEGMENT_MS_MAX,
  HLS_SEGMENTS_KEPT,
  HLS_SEGMENTS_LISTED,
  MOUNTS_MAX,
} from "../../../lib/limits.ts";
import type { MountChunk } from "../../../lib/media/packet.ts";

const START = Date.UTC(2026, 10, 22, 20);

/** A chunk of half a second. */
function chunk(more: Partial<MountChunk> = {}): MountChunk {
  return {
    data: new Uint8Array([1, 2]),
    durationMs: 500,
    header: new Uint8Array(0),
    ...more,
  };
}

/** Pushes seconds of chunks, the first as given. */
function push(segmenter: Segmenter, seconds: number, first = chunk()): void {
  for (let i = 0; i < seconds * 2; i++) {
    segmenter.push(i === 0 ? first : chunk(), START + i * 500);
  }
}

Deno.test("the first segments are short, the others as long as wanted", () => {
  const segmenter = new Segmenter();
  push(segmenter, 20);
  const lengths = segmenter.kept.map((x) => x.durationMs);
  const short = HLS_FIRST_SEGMENT_MS;
  assertEquals(lengths.slice(0, 4), [short, short, short, HLS_SEGMENT_MS]);
});

Deno.test("a segment begins only where a player may start, unless none comes", () => {
  const segmenter = new Segmenter();
  const inside = () => {
    const { data, durationMs } = chunk();
    return { data, durationMs };
  };
  for (let i = 0; i < 60; i++) segmenter.push(inside(), START + i * 500);
  const [first] = segmenter.kept;
  assertEquals(first?.durationMs, HLS_SEGMENT_MS_MAX);
});

Deno.test("players ask as seldom as the first segment's key pictures want, for ever", () => {
  const segmenter = new Segmenter();
  /** Half seconds of film with a key picture every so often. */
  const film = (halves: number, keyEvery: number) => {
    for (let i = 0; i < halves; i++) {
      const { header, ...rest } = chunk();
      segmenter.push(
        i % keyEvery === 0 ? { ...rest, header: header! } : rest,
        0,
      );
    }
  };
  const target = () =>
    /TARGETDURATION:(\d+)/.exec(mediaPlaylist(segmenter, ""))![1];
  film(20, 4);
  assertEquals(target(), "6");
  film(60, 20);
  assertEquals(target(), "6");
  const lengths = segmenter.kept.map((x) => x.durationMs);
  assert(Math.max(...lengths) <= 6000, `${lengths}`);
});

Deno.test("a playlist has times, titles, a discontinuity where a decoder begins anew", () => {
  const segmenter = new Segmenter();
  push(segmenter, 3, chunk({ title: "One\nline" }));
  segmenter.push(chunk({ title: "Two", changed: true }), START + 3000);
  push(segmenter, 12);
  const lines = mediaPlaylist(segmenter, "stream/").split("\n");
  assertEquals(lines.slice(0, 9), [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    "#EXT-X-TARGETDURATION:5",
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-DISCONTINUITY-SEQUENCE:0",
    "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T20:00:00.000Z",
    "#EXTINF:1.000000,One line",
    "stream/0.ts",
    "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T20:00:01.000Z",
  ]);
  const at = lines.indexOf("#EXT-X-DISCONTINUITY");
  assertEquals(
    lines[at + 1],
    "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T20:00:03.000Z",
  );
  assert(lines[at + 2]?.endsWith(",Two"));
  assertEquals(lines.filter((x) => x === "#EXT-X-DISCONTINUITY").length, 1);
});

Deno.test("a stream lists and keeps as many segments as its limits, and counts what is gone", () => {
  const segmenter = new Segmenter();
  push(segmenter, 2);
  push(segmenter, 200, chunk({ changed: true }));
  assertEquals(segmenter.kept.length, HLS_SEGMENTS_KEPT);
  assertEquals(segmenter.listed.length, HLS_SEGMENTS_LISTED);
  assertEquals(segmenter.changesBefore, 1);
  assertEquals(segmenter.segment(0), undefined);
  const { number } = segmenter.listed[0]!;
  assertEquals(segmenter.segment(number)?.number, number);
});

Deno.test("a stream keeps no more bytes than its limit", () => {
  const segmenter = new Segmenter();
  const data = new Uint8Array(HLS_BYTES_MAX / 4);
  for (let i = 0; i < 40; i++) {
    segmenter.push(chunk({ data, durationMs: 5000 }), START + i * 5000);
  }
  assertEquals(segmenter.kept.length, 4);
});

Deno.test("playlist and segments are answered by path, and nothing else is", async () => {
  const table = new HlsTable();
  const input = table.add("/jazz/stream-2.m3u8");
  assertEquals(table.answer("/jazz/stream-2.m3u8"), undefined);
  for (let i = 0; i < 8; i++) input.push(chunk(), START + i * 500);
  const playlist = table.answer("/jazz/stream-2.m3u8");
  assertEquals(
    playlist?.headers.get("content-type"),
    "application/vnd.apple.mpegurl",
  );
  assert((await playlist!.text()).includes("\nstream-2/0.ts\n"));
  const segment = table.answer("/jazz/stream-2/0.ts");
  assertEquals(segment?.headers.get("content-type"), "video/mp2t");
  assertEquals((await segment!.bytes()).length, 4);
  assertEquals(table.answer("/jazz/stream-2/99.ts"), undefined);
  assertEquals(table.answer("/stream/0.ts"), undefined);
  assertEquals(table.answer("/jazz/stream-2/__proto__.ts"), undefined);
  table.remove("/jazz/stream-2.m3u8");
  assertEquals(table.answer("/jazz/stream-2.m3u8"), undefined);
});

Deno.test("segments of CMAF come with what a decoder reads first, anew where that differs", async () => {
  const table = new HlsTable();
  const input = table.add("/stream.m3u8");
  const inits = [new Uint8Array([7]), new Uint8Array([8])];
  for (let i = 0; i < 16; i++) {
    const header = inits[i < 6 ? 0 : 1]!;
    const changed = i === 6 ? { changed: true as const } : {};
    input.push(chunk({ header, ...changed }), START + i * 500);
  }
  const playlist = await table.answer("/stream.m3u8")!.text();
  const lines = playlist.split("\n").filter((line) =>
    !/PROGRAM-DATE|EXTINF|TARGET|SEQUENCE/.test(line)
  );
  assertEquals(lines, [
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    '#EXT-X-MAP:URI="stream/init-0.mp4"',
    "stream/0.m4s",
    "stream/1.m4s",
    "stream/2.m4s",
    "#EXT-X-DISCONTINUITY",
    '#EXT-X-MAP:URI="stream/init-1.mp4"',
    "stream/3.m4s",
    "",
  ]);
  const init = table.answer("/stream/init-1.mp4");
  assertEquals(init?.headers.get("content-type"), "video/mp4");
  assertEquals(await init!.bytes(), inits[1]!);
  const segment = table.answer("/stream/3.m4s");
  assertEquals(segment?.headers.get("content-type"), "video/iso.segment");
  assertEquals(table.answer("/stream/init-2.mp4"), undefined);
  // Gone with the last segment that needs it.
  for (let i = 16; i < 300; i++) {
    input.push(chunk({ header: inits[1]! }), START + i * 500);
  }
  assertEquals(table.answer("/stream/init-0.mp4"), undefined);
  assertEquals(table.answer("/stream/init-1.mp4")?.status, 200);
});

Deno.test("a program offers as many HLS streams as mounts", () => {
  const table = new HlsTable();
  for (let i = 0; i < MOUNTS_MAX; i++) table.add(`/${i}.m3u8`);
  assertThrows(() => table.add("/more.m3u8"), AlluviumError);
});
