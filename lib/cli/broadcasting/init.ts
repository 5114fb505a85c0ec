/**
 * `broadcast --init`: the programme file to begin with, or the few fields of it
 * that the command line says, comments kept.
 *
 * @module
 */
import { join } from "node:path";
import { changedStationText, stationText } from "../../planner/mod.ts";
import { readStation } from "../../planner/station_reader.ts";
import { AlluviumError } from "../../errors.ts";
import { localZone } from "../times.ts";
import type { BroadcastContext } from "./options.ts";
import { PROGRAMME_FILE } from "./target.ts";

/**
 * Writes it.
 *
 * @param folder the station's folder
 * @throws AlluviumError `not-found` without folder, `programme-file` where the
 *   file there is none
 */
export async function initStation(
  context: BroadcastContext,
  folder: string,
): Promise<void> {
  const file = join(folder, PROGRAMME_FILE);
  await mustBeFolder(folder);
  const old = await Deno.readTextFile(file).catch(() => undefined);
  const words = wordsOf(context);
  const text = old === undefined
    ? stationText({ timeZone: localZone(), ...words })
    : changedStationText(old, words, file);
  readStation(text, file); // What is written can be read.
  if (text !== old) await Deno.writeTextFile(file, text);
  report(context, file, old === undefined ? "Wrote" : "Changed");
}

function wordsOf({ options }: BroadcastContext) {
  const { title, gateway } = options;
  const baseUrl = options["base-url"];
  const timeZone = options["time-zone"];
  return {
    ...(title === undefined ? {} : { title }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(gateway.length === 0 ? {} : { gateways: gateway }),
  };
}

function report(context: BroadcastContext, file: string, did: string): void {
  if (context.json) return context.emit({ file, did: did.toLowerCase() });
  context.out(`${did}: ${file}`);
  context.out("Every field is explained in it; then run alluvium broadcast");
}

async function mustBeFolder(folder: string): Promise<void> {
  const info = await Deno.stat(folder).catch(() => undefined);
  if (info?.isDirectory) return;
  throw new AlluviumError(
    "not-found",
    "Cannot write a programme file: there is no such folder",
    { file: folder },
  );
}
