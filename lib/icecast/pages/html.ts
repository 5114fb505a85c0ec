/**
 * The few words of HTML that the status and admin pages need. What is put in is
 * escaped; the result is well-formed XML too, as Icecast's pages are, for those
 * who read them by program. Pure.
 *
 * @module
 */
import { escapeXml } from "../admin/xml.ts";
import { page } from "../admin/replies.ts";

/** A piece of a page. */
export interface Html {
  /** Escaped already. */
  readonly html: string;
}

/** What may stand in an element; text is escaped. */
export type HtmlContent = Html | string | number;

/** Elements that cannot have contents. */
const EMPTY_ELEMENTS: ReadonlySet<string> = new Set(["input", "link", "meta"]);

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

/** A button that asks for a page with these arguments; a person must press it, so no crawler does. */
export function button(
  action: string,
  values: Readonly<Record<string, string>>,
  text: string,
): Html {
  return form(action, values, [], text);
}

/** A form: arguments that are given, fields to fill in by name and label, a button. */
export function form(
  action: string,
  values: Readonly<Record<string, string>>,
  fields: readonly (readonly [string, string])[],
  text: string,
): Html {
  const given = Object.entries(values).map(([name, value]) =>
    tag("input", { type: "hidden", name, value })
  );
  const asked = fields.map(([name, label]) =>
    tag("label", {}, `${label} `, tag("input", { name, required: "" }))
  );
  return tag(
    "form",
    { action, method: "get" },
    ...given,
    ...asked,
    tag("button", {}, text),
  );
}

const STYLE =
  ":root{color-scheme:light dark;font-family:sans-serif;line-height:1.4}body{max-width:52rem;margin:auto;padding:1rem}nav a,.actions>*{margin-right:1rem}.actions{display:flex;flex-wrap:wrap;align-items:center}section{border:1px solid #8888;border-radius:.5rem;padding:0 1rem 1rem;margin:1rem 0}td{padding:.1rem 1rem .1rem 0;vertical-align:top;overflow-wrap:anywhere}label{margin-right:1rem}";

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
      tag("title", {}, title),
      tag("style", {}, { html: STYLE }),
    ),
    tag(
      "body",
      {},
      tag("nav", {}, ...menu),
      tag("h1", {}, title),
      ...content,
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
