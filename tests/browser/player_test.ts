/**
 * The page as a person uses it, in a browser that no one here wrote: play, what
 * is on, the start page.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { broadcastFolder } from "../../lib/broadcaster/mod.ts";
import { loadDemoMedia } from "../../lib/cli/demo_media.ts";
import { systemClock } from "../../lib/clock.ts";
import { Front, staticFiles } from "../../lib/http/mod.ts";
import { startAlluvium, startListener } from "../support/alluvium.ts";
import { tempFolder } from "../support/temp.ts";
import { CHROMIUM, openPage } from "./browser.ts";

const { ignore } = CHROMIUM;

/** A station of one bundled piece, on a web server of its own. */
async function startOrigin() {
  const folder = await tempFolder();
  const [, piece] = await loadDemoMedia();
  await folder.write(piece!.name, piece!.bytes);
  await broadcastFolder({ folder: folder.path, title: "Delta <Radio>" });
  const front = await Front.listen({
    routes: staticFiles(folder.path),
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  return {
    playlist: `${front.url}playlist.rss`,
    async [Symbol.asyncDispose]() {
      await front.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Resolves in the page when its player has played for two seconds. */
const TWO_SECONDS_PLAYED = `new Promise((resolve) => {
  const audio = document.getElementById("audio");
  audio.addEventListener("timeupdate", () => audio.currentTime > 2 && resolve());
})`;

/** Resolves in the page when its bar has moved. */
const BAR_MOVED = `new Promise((resolve) => {
  const changed = { attributeFilter: ["aria-valuenow"] };
  const bar = document.getElementById("progress");
  new MutationObserver(() => resolve()).observe(bar, changed);
})`;

Deno.test({
  name: "the page plays the stream and says what is on",
  ignore,
  async fn() {
    await using origin = await startOrigin();
    await using listener = await startListener(origin.playlist);
    await using open = await openPage(listener.url);
    const { page, complaints, strangers } = open;
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.evaluate(TWO_SECONDS_PLAYED);
    assertEquals(await page.textContent("#title"), "Morning Delta");
    assertEquals(await page.textContent("#station"), "Delta <Radio>");
    assertEquals(await page.title(), "Morning Delta · Delta <Radio>");
    assertEquals(
      await page.inputValue("#address"),
      `${listener.url}stream.mp3`,
    );
    await page.evaluate(BAR_MOVED);
    await page.getByRole("button", { name: "Stop", exact: true }).first()
      .click();
    const stopped = await page.evaluate(
      "document.getElementById('audio').paused",
    );
    assertEquals(stopped, true);
    assertEquals(complaints, []);
    assertEquals(strangers, []);
  },
});

Deno.test({
  name: "a station's address pasted on the start page is tuned and plays",
  ignore,
  async fn() {
    await using origin = await startOrigin();
    await using folder = await tempFolder();
    await using alone = await startAlluvium(
      ...["start", "--port", "0", "--swarm-port", "0"],
      ...["--cache", folder.path],
    );
    const [, url = ""] = await alone.waitFor(/^Page +(http\S+)/m, 20_000);
    await using open = await openPage(url);
    const { page, complaints } = open;
    const address = page.getByLabel("Address of the playlist");
    await address.fill("http://127.0.0.1:1/playlist.rss");
    await page.getByRole("button", { name: "Tune in" }).click();
    await page.locator("#wrong").waitFor();
    const wrong = await page.textContent("#wrong");
    assert(wrong?.includes("Cannot fetch the playlist"), wrong ?? "");
    await address.fill(origin.playlist);
    await page.getByRole("button", { name: "Tune in" }).click();
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.evaluate(TWO_SECONDS_PLAYED);
    await page.getByRole("button", { name: "Stop Delta <Radio>" }).click();
    await page.getByText("Tune in to a station").waitFor();
    // A refused address is an answer of 502, which the browser notes by itself.
    assertEquals(complaints.filter((text) => !text.includes("502")), []);
  },
});
