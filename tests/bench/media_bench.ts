/**
 * Remuxing on one core: ten minutes of sound from file to mount, packet by
 * packet, into every mount of its kind. Divide 600 s by the time of an iteration for the multiple of real time.
 *
 * @module
 */
import { concatBytes } from "../../lib/media/bytes.ts";
import { measureDuration } from "../../lib/media/duration.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { openTrack } from "../../lib/media/open.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import type { Packet, TrackInfo } from "../../lib/media/packet.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import {
  AAC_INFO,
  H264_INFO,
  makeAacPackets,
  streamOf,
  withPictures,
} from "../media/container_files.ts";
import { makeFrames, makeOpusPackets, oggFile } from "../media/synthetic.ts";

/** Ten minutes of 128 kbit/s. */
const MP3 = concatBytes(makeFrames(22_969, { padded: true }));
/** Ten minutes of about 80 kbit/s in packets of 20 ms. */
const OPUS = oggFile([makeOpusPackets(30_000)]);

/** Ten minutes of 128 kbit/s. */
const AAC = remade(
  AAC_INFO,
  Array.from({ length: 64 }, () => makeAacPackets(404)).flat(),
);

/** Ten seconds of pictures of 40 kB, 25 a second: 8 Mbit/s, as packets. */
const FILM = withPictures(makeAacPackets(430), 1024 / 44.1, 40_000);

function remade(info: TrackInfo, packets: Packet[]): Uint8Array {
  return streamOf(createMountWriters(kindOf(info))[0]!, info, packets);
}

/** Into every mount of its kind, as a station does. */
async function remux(bytes: Uint8Array): Promise<number> {
  const track = await openTrack(fromBytes(bytes));
  const writers = createMountWriters(kindOf(track.info));
  let sent = 0;
  for (const writer of writers) writer.begin(track.info);
  for await (const packet of track.packets) {
    for (const writer of writers) {
      for (const { data } of writer.write(packet)) sent += data.length;
    }
  }
  for (const writer of writers) {
    for (const { data } of writer.end()) sent += data.length;
  }
  return sent;
}

Deno.bench({
  name: "remux 600 s of AAC",
  group: "remux",
  fn: async () => void await remux(AAC),
});

Deno.bench({
  name: "write 10 s of film at 8 Mbit/s to MPEG-TS and ADTS",
  group: "remux",
  fn() {
    for (const writer of createMountWriters(kindOf(H264_INFO))) {
      streamOf(writer, H264_INFO, FILM);
    }
  },
});

for (const [name, file] of [["MP3", MP3], ["Opus", OPUS]] as const) {
  Deno.bench({
    name: `remux 600 s of ${name}`,
    group: "remux",
    fn: async () => void await remux(file),
  });

  Deno.bench({
    name: `measure 600 s of ${name}`,
    group: "measure",
    fn: async () => void await measureDuration(fromBytes(file)),
  });

  Deno.bench({
    name: `open ${name} in the middle`,
    group: "tune in",
    fn: async () => {
      const track = await openTrack(fromBytes(file), { startMs: 300_000 });
      const reader = track.packets.getReader();
      await reader.read();
      await reader.cancel();
    },
  });
}
