/**
 * The admin API's answers for people: `/admin/stats.xsl` and its like. Each is
 * made of the very document that programs get, with buttons for what can be done
 * next.
 *
 * @module
 */
import type { XmlElement } from "../admin/xml.ts";
import { SERVER_NAME } from "../response_head.ts";
import {
  button,
  fieldTable,
  form,
  type Html,
  htmlPage,
  link,
  tag,
} from "./html.ts";

/** Links of every page. */
const MENU: readonly Html[] = [
  link("/admin/stats.xsl", "Admin Home"),
  link("/admin/listmounts.xsl", "Mountpoint List"),
  link("/status.xsl", "Public Home"),
];

const TITLES: Readonly<Record<string, string>> = {
  stats: "Server Statistics",
  listmounts: "Mountpoint List",
  listclients: "Listener Stats",
  moveclients: "Move Listeners to Another Mount",
  manageauth: "Manage Authentication",
  updatemetadata: "Update Metadata",
};

/**
 * A page of an answer.
 *
 * @param command without `.xsl`, e.g. `listclients`
 * @param root `icestats` or `iceresponse`
 */
export function adminPage(command: string, root: XmlElement): Response {
  const title = TITLES[command] ?? "Server Response";
  const content = root.name === "iceresponse"
    ? [response(root)]
    : documentOf(command, root);
  return htmlPage(`${SERVER_NAME} Admin: ${title}`, MENU, ...content);
}

function response(root: XmlElement): Html {
  const said = childrenOf(root).map(({ name, content }) =>
    tag(
      "p",
      {},
      `${name === "return" ? "Return Code" : "Message"}: ${content}`,
    )
  );
  return tag("section", {}, tag("h3", {}, "Response"), ...said);
}

function documentOf(command: string, root: XmlElement): Html[] {
  const children = childrenOf(root);
  const from = children.find((x) => x.name === "current_source")?.content;
  return [
    ...plain(children),
    ...children.filter((x) => x.name === "source")
      .map((source) => sourceSection(command, source, `${from ?? ""}`)),
    ...children.filter((x) => x.name === "iceresponse").map(response),
  ];
}

function sourceSection(
  command: string,
  source: XmlElement,
  movedFrom: string,
): Html {
  const mount = source.attributes?.mount ?? "";
  const children = childrenOf(source);
  const rows = children.filter((x) => Array.isArray(x.content))
    .map((x) => nested(x, mount));
  return tag(
    "section",
    {},
    tag("h3", { class: "mount" }, `Mount Point ${mount}`),
    tag("div", { class: "actions" }, ...actions(command, mount, movedFrom)),
    ...plain(children),
    ...rows,
  );
}

/** What can be done with a mount from a page. */
function actions(command: string, mount: string, movedFrom: string): Html[] {
  const place = `?mount=${encodeURIComponent(mount)}`;
  switch (command) {
    case "moveclients": {
      const values = { mount: movedFrom, destination: mount };
      return [button("/admin/moveclients.xsl", values, "Move listeners here")];
    }
    case "updatemetadata": {
      const values = { mount, mode: "updinfo", charset: "UTF-8" };
      return [
        form("/admin/metadata.xsl", values, [["song", "Title"]], "Update"),
      ];
    }
    case "manageauth": {
      const fields = [["username", "User"], ["password", "Password"]] as const;
      const values = { mount, action: "add" };
      return [form("/admin/manageauth.xsl", values, fields, "Add user")];
    }
    default:
      return [
        link(`/admin/listclients.xsl${place}`, "List Clients"),
        link(`/admin/moveclients.xsl${place}`, "Move Listeners"),
        link(`/admin/updatemetadata.xsl${place}`, "Update Metadata"),
        button("/admin/killsource.xsl", { mount }, "Kill Source"),
      ];
  }
}

/** A listener, or a user, with the button that removes it. */
function nested(element: XmlElement, mount: string): Html {
  const value = (name: string) =>
    `${childrenOf(element).find((x) => x.name === name)?.content ?? ""}`;
  const remove = element.name === "listener"
    ? button("/admin/killclient.xsl", { mount, id: value("ID") }, "Kick")
    : button("/admin/manageauth.xsl", {
      mount,
      action: "delete",
      username: value("username"),
    }, "Delete");
  return tag("div", {}, ...plain(childrenOf(element)), remove);
}

/** The values without further elements, as a table. */
function plain(children: readonly XmlElement[]): Html[] {
  const fields = children.flatMap(({ name, content }) =>
    typeof content === "object" || name === "source"
      ? []
      : [[name, content ?? ""] as const]
  );
  return fields.length === 0 ? [] : [fieldTable(fields)];
}

function childrenOf({ content }: XmlElement): readonly XmlElement[] {
  return typeof content === "object" ? content : [];
}
