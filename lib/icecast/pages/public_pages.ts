/**
 * `/status.xsl` and `/server_version.xsl` for people: what is on, and on what.
 * Labels and the cells' class are Icecast's, for programs that read its page.
 *
 * @module
 */
import type { Mount } from "../mount.ts";
import { kilobits, SERVER_NAME } from "../response_head.ts";
import { type SourceContext, sourceStatus } from "../status.ts";
import { fieldTable, type Html, htmlPage, link, tag } from "./html.ts";

/** Links of every page. */
const MENU: readonly Html[] = [
  link("/", "Player"),
  link("/status.xsl", "Server Status"),
  link("/admin/stats.xsl", "Administration"),
  link("/server_version.xsl", "Version"),
];

/**
 * What is on.
 *
 * @param mounts those that are shown
 */
export function statusPage(
  mounts: readonly Mount[],
  context: SourceContext,
): Response {
  const shown = mounts.length === 0
    ? [tag("p", {}, "Nothing is on the air.")]
    : mounts.map((mount) => mountSection(mount, context));
  return htmlPage("Status", MENU, ...shown);
}

/** Which program this is. */
export function versionPage(): Response {
  return htmlPage(
    "Server Information",
    MENU,
    fieldTable([
      ["Version", SERVER_NAME],
      ["Answers as", "Icecast 2.4"],
    ]),
  );
}

function mountSection(mount: Mount, context: SourceContext): Html {
  const { info, path } = mount;
  const status = sourceStatus(mount, context);
  const url = info.url !== undefined && /^https?:\/\//i.test(info.url)
    ? tag("a", { href: info.url, rel: "noreferrer" }, info.url)
    : info.url;
  return tag(
    "section",
    {},
    tag("h3", { class: "mount" }, `Mount Point ${path}`),
    tag(
      "p",
      { class: "actions" },
      link(path, "Listen"),
      ...["m3u", "pls", "xspf"].map((x) =>
        link(`${path}.${x}`, x.toUpperCase())
      ),
    ),
    fieldTable([
      ["Stream Name:", `${status.server_name}`],
      ["Stream Description:", `${status.server_description}`],
      ["Content Type:", mount.contentType],
      ["Stream started:", `${status.stream_start}`],
      ["Bitrate:", info.bitrate && kilobits(info.bitrate)],
      ["Listeners (current):", mount.listeners],
      ["Listeners (peak):", mount.listenerPeak],
      ["Genre:", `${status.genre}`],
      ["Stream URL:", url],
      ["Currently playing:", mount.title],
    ]),
  );
}
