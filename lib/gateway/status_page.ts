/**
 * The page a person sees who opens a gateway's address: what this is, and
 * whether it is well. No script, nothing from elsewhere, nothing of a listener.
 *
 * @module
 */
import type { Figure, FigureSource } from "./metrics.ts";

/** The page asks again after so many seconds. */
const REFRESH_SECONDS = 10;

const STYLE =
  "body{font:1rem/1.5 system-ui;margin:2rem auto;max-width:36rem;padding:0 1rem}" +
  ":root{color-scheme:light dark}table{border-collapse:collapse;width:100%}" +
  "th{font-weight:400;text-align:left}td{text-align:right;font-variant-numeric:tabular-nums}" +
  "th,td{border-bottom:1px solid #8884;padding:.25rem 0}";

/** Makes the page. */
export function statusPage(
  source: FigureSource,
  figures: readonly Figure[],
): Response {
  const rows = figures.map(({ help, value }) =>
    `<tr><th scope="row">${help}</th><td>${number(value(source))}</td></tr>`
  );
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>Alluvium gateway</title>
<style>${STYLE}</style>
<h1>Alluvium gateway</h1>
<p>This service introduces the listeners of a station to each other and tells
them the hashes of its files. It is well. The same figures for programs:
<a href="metrics">metrics</a>.</p>
<table>
${rows.join("\n")}
</table>
</html>
`;
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    },
  });
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en");
}
