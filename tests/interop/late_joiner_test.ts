/**
 * Listeners who come late, in every container a source may send: ffmpeg sends,
 * the stream is longer than a burst, and another ffmpeg decodes what it gets
 * from there on without a word of complaint.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { BURST_BYTES } from "../../lib/limits.ts";
import { ServerRig } from "../icecast/server_rig.ts";
import { run, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";

/** Four times as fast as it plays, so that there is something to be late to. */
const SOUND = "-readrate 4 -f lavfi -i anoisesrc=r=48000:a=0.1";
const FILM = `-readrate 4 -f lavfi -i testsrc2=s=320x240:r=25 ${SOUND}`;

/** What a source sends, by path: inputs, encoders and container of ffmpeg. */
const SOURCES: Record<string, [string, string]> = {
  "mp3": [SOUND, "-c:a libmp3lame -b:a 256k -content_type audio/mpeg -f mp3"],
  "aac": [SOUND, "-c:a aac -b:a 256k -content_type audio/aac -f adts"],
  "opus": [SOUND, "-c:a libopus -b:a 256k -content_type audio/ogg -f ogg"],
  "vorbis": [
    SOUND,
    "-c:a libvorbis -q:a 8 -content_type application/ogg -f ogg",
  ],
  "flac": [SOUND, "-c:a flac -content_type audio/ogg -f ogg"],
  "theora": [
    FILM,
    "-c:v libtheora -b:v 300k -g 25 -c:a libvorbis -content_type video/ogg -f ogg",
  ],
  "webm": [SOUND, "-c:a libopus -b:a 256k -content_type audio/webm -f webm"],
  "film.webm": [
    FILM,
    "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 300k -g 25 -c:a libopus -content_type video/webm -f webm",
  ],
  "live.webm": [
    FILM,
    "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 300k -g 25 -c:a libvorbis -content_type video/webm -live 1 -f webm",
  ],
  "mkv": [
    FILM,
    "-c:v libx264 -preset ultrafast -b:v 300k -g 25 -c:a aac -content_type video/x-matroska -f matroska",
  ],
  "ts": [
    FILM,
    "-c:v libx264 -preset ultrafast -b:v 300k -g 25 -c:a aac -content_type video/mp2t -f mpegts",
  ],
  "sound.ts": [SOUND, "-c:a aac -b:a 256k -content_type video/mp2t -f mpegts"],
};

for (const [path, [input, output]] of Object.entries(SOURCES)) {
  Deno.test({
    name: `a listener who comes late to ${path} decodes it without an error`,
    ignore: programs("ffmpeg").ignore,
    fn: async () => {
      await using rig = await ServerRig.open({ clock: systemClock });
      const to = `icecast://source:hackme@127.0.0.1:${rig.front.port}/${path}`;
      const args = `-v error ${input} ${output} ${to}`.split(" ");
      const ffmpeg = program("ffmpeg").required();
      await using source = start(ffmpeg, args);
      const long = 1.5 * BURST_BYTES;
      const mount = () => rig.mounts.get(`/${path}`);
      for (let i = 0; i < 300 && (mount()?.bytesReceived ?? 0) < long; i++) {
        await systemClock.sleep(50);
      }
      assert((mount()?.bytesReceived ?? 0) >= long, source.output);
      const late = await run(ffmpeg, [
        ..."-v warning -xerror -i".split(" "),
        `${rig.front.url}${path}`,
        ..."-t 2 -f null -".split(" "),
      ]);
      assertEquals([late.code, late.stderr], [0, ""]);
      assert(source.running, source.output);
    },
  });
}
