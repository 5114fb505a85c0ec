/**
 * The admin pages as a person uses them, in a browser that no one here wrote:
 * from the figures to a listener that is shown the door, on a phone's width.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { RawClient } from "../http/raw_client.ts";
import { ADMIN, eventually, ServerRig } from "../icecast/server_rig.ts";
import { systemClock } from "../../lib/clock.ts";
import { CHROMIUM, openPage } from "./browser.ts";

/** The narrowest phone that is sold. */
const PHONE = { width: 320, height: 640 };

Deno.test({
  name: "the admin pages lead to a listener and out with it, and fit a phone",
  ignore: CHROMIUM.ignore,
  fn: async () => {
    await using rig = await ServerRig.open({ clock: systemClock });
    const mount = rig.addMount();
    mount.describe({
      description: "A-word-that-has-no-place-to-break".repeat(4),
    });
    mount.setTitle("Jürgen <b> & Söhne");
    using listener = await RawClient.open(rig.front.port);
    await listener.send(
      `GET /stream.mp3 HTTP/1.0\r\nUser-Agent: ${
        "Player/1 ".repeat(30)
      }\r\n\r\n`,
    );
    await listener.until(/\r\n\r\n/);
    const url = new URL("/admin/", rig.front.url);
    url.username = ADMIN.user;
    url.password = ADMIN.password;
    await using open = await openPage(url.href);
    const { page } = open;
    await page.setViewportSize(PHONE);
    const fits = async () => {
      const width = "document.documentElement.scrollWidth";
      assertEquals(await page.evaluate(width), PHONE.width, page.url());
    };
    await page.getByText("Jürgen <b> & Söhne").first().waitFor();
    await fits();
    await page.getByText("All figures").first().click();
    await page.getByText("listener_connections").waitFor();
    await page.getByRole("link", { name: "List Clients" }).click();
    await fits();
    await page.getByRole("button", { name: "Kick" }).click();
    await page.getByText(/^Message: Client \d+ removed$/).waitFor();
    await eventually(() => mount.listeners === 0);
    await listener.toEnd();
    await page.goto(new URL("/status.xsl", rig.front.url).href);
    await fits();
    assertEquals([open.complaints, open.strangers], [[], []]);
  },
});
