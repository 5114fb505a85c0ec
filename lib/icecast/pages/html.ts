/**
 * The few words of HTML that the status and admin pages need. What is put in is
 * escaped; the result is well-formed XML too, as Icecast's pages are, for those
 * who read them by program. Pure.
 *
 * @module
 */
import { page } from "../admin/replies.ts";
import { escapeXml } from "../admin/xml.ts";
import { SERVER_NAME } from "../response_head.ts";
import style from "./style.css" with { type: "text" };

/** A piece of a page. */
export interface Html {
  /** Escaped already. */
  readonly html: string;
}

/** What may stand in an element; text is escaped. */
export type HtmlContent = Html | string | number;

/** Elements that cannot have contents. */
const EMPTY_ELEMENTS: ReadonlySet<string> = new Set([
  "input",
  "meta",
  "path",
  "rect",
]);

/** An element. */
export function tag(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly HtmlContent[]
): Html {
  const given = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(value)}"`).join("");
  if (EMPTY_ELEMENTS.has(name)) return { html: `<${name}${given}/>` };
  const inner = content.map((x) =>
    typeof x === "object" ? x.html : escapeXml(String(x))
  ).join("");
  return { html: `<${name}${given}>${inner}</${name}>` };
}

/** A link. */
export function link(href: string, text: string): Html {
  return tag("a", { href }, text);
}

/** A table of names and values; without those that are not known. */
export function fieldTable(
  fields: readonly (readonly [string, HtmlContent | undefined])[],
): Html {
  const rows = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [
      tag(
        "tr",
        {},
        tag("td", {}, name),
        tag("td", { class: "streamstats" }, value),
      ),
    ]
  );
  return tag("table", {}, tag("tbody", {}, ...rows));
}

/** The few values that a person looks for first. */
export function figures(
  fields: readonly (readonly [string, HtmlContent | undefined])[],
): Html {
  const known = fields.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [tag("div", {}, tag("dt", {}, name), tag("dd", {}, value))]
  );
  return tag("dl", { class: "figures" }, ...known);
}

/** What is shown when a person asks for it. */
export function details(summary: string, content: Html): Html {
  return tag("details", {}, tag("summary", {}, summary), content);
}

/** Rows under their columns' names. */
export function listTable(
  columns: readonly string[],
  rows: readonly (readonly HtmlContent[])[],
): Html {
  const cells = (row: readonly HtmlContent[], name: string) =>
    tag("tr", {}, ...row.map((cell) => tag(name, {}, cell)));
  return tag(
    "table",
    { class: "list" },
    tag("thead", {}, cells(columns, "th")),
    tag("tbody", {}, ...rows.map((row) => cells(row, "td"))),
  );
}

/** A button that asks for a page with these arguments; a person must press it, so no crawler does. */
export function button(
  action: string,
  values: Readonly<Record<string, string>>,
  text: string,
): Html {
  return form(action, values, [], text);
}

/** A button that takes something away. */
export function endButton(
  action: string,
  values: Readonly<Record<string, string>>,
  text: string,
): Html {
  return form(action, values, [], text, { class: "ends" });
}

/** A form: arguments that are given, fields to fill in by name and label, a button. */
export function form(
  action: string,
  values: Readonly<Record<string, string>>,
  fields: readonly (readonly [string, string])[],
  text: string,
  look: Readonly<Record<string, string>> = {},
): Html {
  const given = Object.entries(values).map(([name, value]) =>
    tag("input", { type: "hidden", name, value })
  );
  const asked = fields.map(([name, label]) =>
    tag(
      "label",
      {},
      `${label} `,
      tag("input", { name, required: "", type: typeOf(name) }),
    )
  );
  return tag(
    "form",
    { action, method: "get" },
    ...given,
    ...asked,
    tag("button", look, text),
  );
}

function typeOf(name: string): string {
  return name === "password" ? "password" : "text";
}

/** What stands above every page: the name, and where else to go. */
function pageHeader(menu: readonly Html[]): Html {
  const layer = (d: string, fill: string) => tag("path", { d, fill });
  const logo = tag(
    "svg",
    { viewBox: "0 0 32 32", "aria-hidden": "true" },
    tag("rect", { width: "32", height: "32", fill: "#123c46" }),
    layer("M0 14q8-6 16 0t16 0v18H0z", "#2c8c8c"),
    layer("M0 20q8-6 16 0t16 0v12H0z", "#d9a441"),
    layer("M0 26q8-5 16 0t16 0v6H0z", "#b4552d"),
  );
  const brand = tag("span", { class: "brand" }, logo, SERVER_NAME);
  return tag("header", {}, brand, tag("nav", {}, ...menu));
}

/**
 * A whole page.
 *
 * @param title of the window and above the page
 * @param menu links that every page has
 */
export function htmlPage(
  title: string,
  menu: readonly Html[],
  ...content: readonly Html[]
): Response {
  const root = tag(
    "html",
    { lang: "en", xmlns: "http://www.w3.org/1999/xhtml" },
    tag(
      "head",
      {},
      tag("meta", { charset: "utf-8" }),
      tag("meta", {
        name: "viewport",
        content: "width=device-width, initial-scale=1",
      }),
      tag("title", {}, `${title} · ${SERVER_NAME}`),
      tag("style", {}, { html: style }),
    ),
    tag(
      "body",
      {},
      pageHeader(menu),
      tag("main", {}, tag("h1", {}, title), ...content),
    ),
  );
  return page(
    200,
    "text/html; charset=utf-8",
    `<!DOCTYPE html>\n${root.html}\n`,
    {
      "Content-Security-Policy":
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "Referrer-Policy": "same-origin",
    },
  );
}
