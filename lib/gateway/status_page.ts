/**
 * The page a person sees who opens a gateway's address: what this is, how it is
 * used, and whether it is well. No script, nothing from elsewhere, nothing of a
 * listener.
 *
 * @module
 */
import { GATEWAY_JOBS_WAITING_MAX, GATEWAY_SESSIONS_MAX } from "../limits.ts";
import type { Figure, FigureSource } from "./metrics.ts";

/** The page asks again after so many seconds. */
const REFRESH_SECONDS = 10;

const STYLE =
  "body{font:1rem/1.5 system-ui;margin:2rem auto;max-width:36rem;padding:0 1rem}" +
  ":root{color-scheme:light dark}table{border-collapse:collapse;width:100%}" +
  "th{font-weight:400;text-align:left}td{text-align:right;font-variant-numeric:tabular-nums}" +
  "th,td{border-bottom:1px solid #8884;padding:.25rem 0}" +
  "code{overflow-wrap:anywhere}";

/**
 * Makes the page.
 *
 * @param address where this gateway is, as listeners name it
 */
export function statusPage(
  source: FigureSource,
  figures: readonly Figure[],
  address: string,
): Response {
  const rows = figures.map(({ help, value, unit }) =>
    `<tr><th scope="row">${help}</th><td>${
      written(value(source), unit)
    }</td></tr>`
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
them the hashes of its files.</p>
<p><strong>${health(source)}</strong></p>
<table>
${rows.join("\n")}
</table>
<p>A station uses it by naming its address in the playlist:
<code>alluvium broadcast --gateway ${escaped(address)} FOLDER</code>.
It writes down nothing of who listens to what. For programs:
<a href="metrics">metrics</a>, <a href="healthz">healthz</a>.</p>
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

/** How it is, in a sentence. */
function health(source: FigureSource): string {
  const { clients, downloadsWaiting, unsavedWrites } = source.status();
  if (clients >= GATEWAY_SESSIONS_MAX) {
    return "It is full: other listeners are sent to the next gateway.";
  }
  if (unsavedWrites > 0) {
    return "Its store is away: it goes on with what is in memory.";
  }
  if (downloadsWaiting >= GATEWAY_JOBS_WAITING_MAX) {
    return "Too many new files are waiting: others are turned away.";
  }
  return "It is well.";
}

/** A figure as people write it. */
function written(value: number, unit: Figure["unit"]): string {
  if (unit === "bytes") return bytes(value);
  if (unit === "seconds") return duration(value);
  return Math.round(value).toLocaleString("en");
}

function bytes(value: number): string {
  const names = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (value >= 1024 && at < names.length - 1) {
    value /= 1024;
    at++;
  }
  const digits = at > 0 && value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${names[at]}`;
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${Math.floor(seconds)} s`;
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return `${hours} h ${minutes % 60} min`;
  return `${days} d ${hours % 24} h`;
}

function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
