/**
 * Remuxing on one core: ten minutes of sound from file to mount, packet by
 * packet. Divide 600 s by the time of an iteration for the multiple of real time.
 *
 * @module
 */
import { concatBytes } from "../../lib/media/bytes.ts";
import { measureDuration } from "../../lib/media/duration.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import { openTrack } from "../../lib/media/open.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { makeFrames, makeOpusPackets, oggFile } from "../media/synthetic.ts";

/** Ten minutes of 128 kbit/s. */
const MP3 = concatBytes(makeFrames(22_969, { padded: true }));
/** Ten minutes of about 80 kbit/s in packets of 20 ms. */
const OPUS = oggFile([makeOpusPackets(30_000)]);

async function remux(bytes: Uint8Array): Promise<number> {
  const track = await openTrack(fromBytes(bytes));
  const writer = createMountWriter(track.info.codec);
  let sent = 0;
  writer.begin(track.info);
  for await (const packet of track.packets) {
    for (const { data } of writer.write(packet)) sent += data.length;
  }
  for (const { data } of writer.end()) sent += data.length;
  return sent;
}

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
