/**
 * The admin API's answers for people: `/admin/stats.xsl` and its like. Each is
 * made of the very document that programs get, with buttons for what can be done
 * next.
 *
 * @module
 */
import type { XmlElement } from "../admin/xml.ts";
import {
  button,
  details,
  endButton,
  fieldTable,
  figures,
  form,
  type Html,
  htmlPage,
  link,
  listTable,
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
  return htmlPage(title, MENU, ...content);
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
    ...command === "stats" ? [serverSection(children)] : plain(children),
    ...children.filter((x) => x.name === "source")
      .map((source) => sourceSection(command, source, `${from ?? ""}`)),
    ...children.filter((x) => x.name === "iceresponse").map(response),
  ];
}

function serverSection(children: readonly XmlElement[]): Html {
  const chosen = [
    ["Listeners", "listeners"],
    ["Sources", "sources"],
    ["Listeners so far", "listener_connections"],
    ["Running since", "server_start"],
  ] as const;
  return tag(
    "section",
    {},
    tag("h3", {}, "Global Server Stats"),
    figures(chosen.map(([label, name]) => [label, valueOf(children, name)])),
    ...plain(children).map((table) => details("All figures", table)),
  );
}

function sourceSection(
  command: string,
  source: XmlElement,
  movedFrom: string,
): Html {
  const mount = source.attributes?.mount ?? "";
  const children = childrenOf(source);
  const fields = plain(children);
  return tag(
    "section",
    {},
    tag("h3", { class: "mount" }, `Mount Point ${mount}`),
    ...command === "stats" ? mountFigures(children) : [],
    tag("div", { class: "actions" }, ...actions(command, source, movedFrom)),
    ...command === "stats"
      ? fields.map((table) => details("All figures", table))
      : fields,
    ...nested(children, mount),
  );
}

function mountFigures(children: readonly XmlElement[]): Html[] {
  const value = (name: string) => valueOf(children, name);
  const bitrate = value("bitrate");
  return [
    tag("p", {}, value("title") ?? value("server_name") ?? ""),
    figures([
      ["Listeners", value("listeners")],
      ["At most so far", value("listener_peak")],
      ["Allowed", value("max_listeners")],
      ["Bitrate", bitrate && `${bitrate} kbit/s`],
      ["Source", value("source_ip")],
    ]),
  ];
}

function valueOf(
  children: readonly XmlElement[],
  name: string,
): string | undefined {
  const content = children.find((x) => x.name === name)?.content;
  return typeof content === "object" ? undefined : content?.toString();
}

/** What can be done with a mount from a page. */
function actions(
  command: string,
  source: XmlElement,
  movedFrom: string,
): Html[] {
  const mount = source.attributes?.mount ?? "";
  const children = childrenOf(source);
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
    default: {
      const hasUsers = valueOf(children, "authenticator") !== undefined;
      const hasSource = command !== "stats" ||
        valueOf(children, "source_ip") !== undefined;
      return [
        link(`/admin/listclients.xsl${place}`, "List Clients"),
        link(`/admin/moveclients.xsl${place}`, "Move Listeners"),
        link(`/admin/updatemetadata.xsl${place}`, "Update Metadata"),
        ...hasUsers
          ? [link(`/admin/manageauth.xsl${place}`, "Manage Authentication")]
          : [],
        ...hasSource
          ? [endButton("/admin/killsource.xsl", { mount }, "Kill Source")]
          : [],
      ];
    }
  }
}

/** Listeners, or users, each with the button that removes it. */
function nested(children: readonly XmlElement[], mount: string): Html[] {
  const rows = children.filter((x) => Array.isArray(x.content)).map(childrenOf);
  if (rows.length === 0) return [];
  const columns = [...new Set(rows.flat().map((x) => x.name))];
  const remove = (row: readonly XmlElement[]) => {
    const id = valueOf(row, "ID");
    const username = valueOf(row, "username") ?? "";
    return id === undefined
      ? endButton("/admin/manageauth.xsl", {
        mount,
        action: "delete",
        username,
      }, "Delete")
      : endButton("/admin/killclient.xsl", { mount, id }, "Kick");
  };
  const cells = rows.map((row) => [
    ...columns.map((name) => valueOf(row, name) ?? ""),
    remove(row),
  ]);
  return [listTable([...columns, ""], cells)];
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
