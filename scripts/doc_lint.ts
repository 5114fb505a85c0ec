/**
 * Lints the documentation of everything the package exports. `deno doc --lint`
 * also reports what it finds in the types of other people's packages that we
 * hand on; those are left out here.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { type Captured, captureDeno } from "./capture.ts";
import { ROOT } from "./paths.ts";

/** Runs the lint; its text holds our own errors only. */
export async function docLint(flags: readonly string[]): Promise<Captured> {
  const entries = Object.values(config.exports);
  const { code, text } = await captureDeno(
    ["doc", "-q", "--lint", ...flags, ...entries],
    { cwd: ROOT },
  );
  const reports = text.split(/^(?=error)/m);
  const foreign = (report: string) => {
    const place = report.match(/-->\s+(.+?):\d+:\d+/)?.[1];
    return place !== undefined && !place.startsWith(ROOT);
  };
  const count = (report: string) => /^error: Found \d+/.test(report);
  const own = reports.filter((report) => !foreign(report) && !count(report));
  const found = own.some((report) => report.startsWith("error"));
  const only = reports.some(foreign) && !found;
  return { code: only ? 0 : code, text: own.join("") };
}
