/**
 * The page as one text, put together from its markup, style and script: it asks
 * for nothing but the API and the streams.
 *
 * @module
 */
import style from "./page/page.css" with { type: "text" };
import markup from "./page/page.html" with { type: "text" };
import player from "./page/page.js" with { type: "text" };
import stations from "./page/stations.js" with { type: "text" };

/** What differs from page to page. */
export interface PageValues {
  /** Allows this page's own script and style. */
  nonce: string;
  /** Allows changes; empty where the page may only show and play. */
  token: string;
}

/** The page's HTML. Values are letters, digits, `-` and `_` only. */
export function page({ nonce, token }: PageValues): string {
  return markup
    .replace("/* %STYLE% */", () => style)
    .replace("// %SCRIPT%", () => `${player}\n${stations}`)
    .replaceAll("%NONCE%", () => nonce)
    .replaceAll("%TOKEN%", () => token);
}
