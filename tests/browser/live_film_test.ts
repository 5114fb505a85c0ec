/**
 * A live film in WebM in a browser: it comes late, and plays on when the source
 * is killed and comes back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { ServerRig } from "../icecast/server_rig.ts";
import { start } from "../support/processes.ts";
import { program } from "../support/programs.ts";
import { CHROMIUM, openPage } from "./browser.ts";

const FILM =
  "-v error -re -f lavfi -i testsrc2=s=160x120:r=25 -re -f lavfi -i sine -c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -g 25 -c:a libopus -content_type video/webm -f webm";

const PLAY = `
  const video = document.createElement("video");
  video.muted = true;
  video.src = "/film.webm";
  document.body.append(video);
  void video.play();`;

const STATE = `(() => {
  const { currentTime, error, videoWidth } = document.querySelector("video");
  return { currentTime, error: error?.message ?? null, videoWidth };
})()`;

/** What a video element says of itself. */
interface VideoState {
  currentTime: number;
  error: string | null;
  videoWidth: number;
}

Deno.test({
  name:
    "Chromium comes late to a live film and plays on when its source is killed and comes back",
  ignore: CHROMIUM.ignore || program("ffmpeg").ignore,
  fn: async () => {
    await using rig = await ServerRig.open({ clock: systemClock });
    const to = `icecast://source:hackme@127.0.0.1:${rig.front.port}/film.webm`;
    const send = () =>
      start(program("ffmpeg").required(), [...FILM.split(" "), to]);
    const mount = () => rig.mounts.get("/film.webm")!;
    await using first = send();
    await until(() => (mount()?.bytesReceived ?? 0) > 50_000, first.output);
    await using browser = await openPage(`${rig.front.url}status-json.xsl`);
    const { page } = browser;
    await page.evaluate(PLAY);
    const state = () => page.evaluate<VideoState>(STATE);
    const played = async (seconds: number) => {
      for (let i = 0; i < 400; i++) {
        const { currentTime, error } = await state();
        assertEquals(error, null);
        if (currentTime >= seconds) return;
        await systemClock.sleep(50);
      }
      throw new Error(`Plays ${JSON.stringify(await state())}`);
    };
    const { currentTime: from } = await state();
    await played(from + 1);
    assertEquals((await state()).videoWidth, 160);
    const connections = mount().listenerConnections;
    first.kill("SIGKILL");
    await first.ended;
    await until(() => rig.server.live.count === 0, "it is gone");
    await using second = send();
    await until(() => rig.server.live.count === 1, second.output);
    await played((await state()).currentTime + 6);
    assertEquals(mount().listenerConnections, connections);
  },
});

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i++) await systemClock.sleep(50);
  assert(holds(), what);
}
