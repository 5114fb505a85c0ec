/**
 * What the page shows of states that are rare on a real station, and how it is
 * used without a mouse: a status of the test's, in a browser that no one here
 * wrote.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/mod.ts";
import { playerRoutes } from "../../lib/player/api.ts";
import type {
  MountStatus,
  OtherMountStatus,
  StationStatus,
} from "../../lib/player/status.ts";
import { CHROMIUM, openPage } from "./browser.ts";

const { ignore } = CHROMIUM;

const MOUNT: MountStatus = {
  path: "/stream.mp3",
  type: "audio/mpeg",
  listeners: 0,
  title: "The House Band - Morning Delta",
  live: false,
};

function station(more: Partial<StationStatus>): StationStatus {
  const now = Date.now();
  return {
    name: "delta",
    title: "Delta Radio",
    url: "https://radio.example/p.rss",
    link: null,
    now: {
      title: "Morning Delta",
      creator: "The House Band",
      startsAt: new Date(now - 10_000).toISOString(),
      endsAt: new Date(now + 50_000).toISOString(),
      positionMs: 10_000,
      bytesHeld: 1,
      bytes: 2,
    },
    next: null,
    timing: { lateMs: 0, offMs: 0, corrections: 0, lastCorrection: null },
    rootsPublished: true,
    mounts: [MOUNT],
    hls: [],
    missing: [],
    ...more,
  };
}

/**
 * The page of a program that says this of its station.
 *
 * @param more undefined where it has no station
 * @param isLocal whether the page is opened on the program's own machine
 */
async function openStation(
  more: Partial<StationStatus> | undefined,
  otherMounts: OtherMountStatus[] = [],
  isLocal = true,
) {
  const shown = { more, otherMounts };
  const front = await Front.listen({
    routes: playerRoutes({
      host: {
        status: () => ({
          stations: shown.more === undefined ? [] : [station(shown.more)],
          otherMounts: shown.otherMounts,
          clock: { offsetMs: 0, errorMs: null },
          swarm: {
            peers: 0,
            reachable: null,
            bytesFromPeers: 0,
            bytesFromOrigin: 0,
            bytesToPeers: 0,
            duplicateBytes: 0,
            badChunks: 0,
            deadlineMisses: 0,
          },
        }),
        tune: () => Promise.reject(new Error("Nothing to tune")),
        remove: () => Promise.resolve(false),
      },
      token: "token",
      nonce: () => "n0nce",
      isLocal: () => isLocal,
    }),
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  const open = await openPage(front.url);
  const first = more === undefined && otherMounts.length === 0
    ? "#hero"
    : "#player";
  await open.page.locator(first).waitFor();
  return {
    ...open,
    shown,
    async [Symbol.asyncDispose]() {
      await open[Symbol.asyncDispose]();
      await front.close();
    },
  };
}

Deno.test({
  name:
    "the page tells of lateness that somebody would notice, and of no other",
  ignore,
  async fn() {
    const timing = { offMs: 80, corrections: 3, lastCorrection: null };
    await using open = await openStation({ timing: { ...timing, lateMs: 0 } });
    const { page, shown } = open;
    assertEquals(await page.isVisible("#late"), false);
    shown.more = { timing: { ...timing, lateMs: 72_000 } };
    await page.getByText("1:12 later than it is sent").waitFor();
    shown.more = { now: null };
    await page.getByText("Nothing is on at the moment").waitFor();
    assertEquals(await page.isVisible("#progress"), false);
    assertEquals(open.complaints, []);
  },
});

Deno.test({
  name: "the page says so when the browser plays none of the streams",
  ignore,
  async fn() {
    await using open = await openStation({
      mounts: [{ ...MOUNT, path: "/stream.ts", type: "video/mp2t" }],
    });
    const { page } = open;
    await page.getByText("plays none of the station's streams").waitFor();
    assertEquals(await page.isDisabled("#play"), true);
    const address = await page.inputValue("#address");
    assert(address.endsWith("/stream.ts"), address);
  },
});

Deno.test({
  name: "every control of the page has a name and can be reached by keyboard",
  ignore,
  async fn() {
    await using open = await openStation({});
    const { page } = open;
    const names: string[] = [];
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press("Tab");
      names.push(
        await page.evaluate(`(() => {
          const at = document.activeElement;
          const label = at.labels?.[0]?.textContent;
          return at.getAttribute("aria-label") ?? label ?? at.textContent;
        })()`),
      );
    }
    for (const name of ["Play", "Volume", "Copy", "Tune in"]) {
      assert(names.some((x) => x.includes(name)), `${name}: ${names}`);
    }
    assert(names.every((name) => name.trim() !== ""), names.join());
    await page.focus("#volume");
    await page.keyboard.press("Home");
    await page.reload();
    assertEquals(await page.inputValue("#volume"), "0");
  },
});

Deno.test({
  name: "the page fits a phone",
  ignore,
  async fn() {
    await using open = await openStation({
      title: "A station with an uncommonly long name",
      missing: [
        "A sentence with an-address-that-has-no-place-to-break".repeat(3),
      ],
    });
    const { page } = open;
    await page.setViewportSize({ width: 320, height: 640 });
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assertEquals(width, 320);
  },
});

Deno.test({
  name:
    "the page says what a live show sends, and what the programme would be meanwhile",
  ignore,
  async fn() {
    const live = { ...MOUNT, live: true, title: "Jürgen - Live <b>" };
    await using open = await openStation({ mounts: [live] });
    const { page, shown } = open;
    await page.getByText("Live", { exact: true }).waitFor();
    assertEquals(await page.textContent("#title"), "Jürgen - Live <b>");
    assertEquals(await page.title(), "Jürgen - Live <b> · Delta Radio");
    assertEquals(
      await page.textContent("#next"),
      "In the programme meanwhile: Morning Delta, The House Band",
    );
    assertEquals(await page.isVisible("#progress"), false);
    shown.more = {};
    await page.getByText("On the air", { exact: true }).waitFor();
    assertEquals(await page.textContent("#title"), "Morning Delta");
    assertEquals(await page.isVisible("#progress"), true);
    assertEquals(open.complaints, []);
  },
});

Deno.test({
  name:
    "mounts of no station are played on the page, and nothing in their place when they go",
  ignore,
  async fn() {
    const other = { ...MOUNT, path: "/guest.mp3", name: "A guest", live: true };
    await using open = await openStation({}, [{ ...other, title: "On tour" }]);
    const { page, shown } = open;
    await page.getByRole("button", { name: "A guest /guest.mp3" }).click();
    assertEquals(await page.textContent("#station"), "A guest");
    assertEquals(await page.textContent("#title"), "On tour");
    assertEquals(await page.isVisible("#swarm"), false);
    const address = await page.inputValue("#address");
    assert(address.endsWith("/guest.mp3"), address);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    assertEquals(await page.getAttribute("#play", "aria-label"), "Stop");
    shown.otherMounts = [];
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    assertEquals(await page.textContent("#station"), "Delta Radio");
  },
});

Deno.test({
  name: "from another machine the page plays what comes, and offers no more",
  ignore,
  async fn() {
    const guest = { ...MOUNT, path: "/guest.mp3", name: "A guest", live: true };
    await using open = await openStation(undefined, [], false);
    const { page, shown } = open;
    await page.getByText("Nothing is on the air").waitFor();
    assertEquals(await page.isVisible("#tune"), false);
    shown.otherMounts = [guest];
    await page.getByText("A guest", { exact: true }).first().waitFor();
    assertEquals(await page.isVisible("#hero"), false);
    assertEquals(await page.isVisible("#play"), true);
    assertEquals(open.complaints, []);
  },
});
