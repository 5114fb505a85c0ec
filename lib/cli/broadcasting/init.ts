/**
 * `broadcast --init`: the programme file to begin with, or the few fields of it
 * that the command line says, comments kept.
 *
 * @module
 */
import { join } from "node:path";
import { saveIfChanged } from "../../broadcaster/save.ts";
import { changedStationText, stationText } from "../../planner/mod.ts";
import { readStation } from "../../planner/station_reader.ts";
import { AlluviumError, toAlluviumError } from "../../errors.ts";
import { localZone } from "../times.ts";
import type { BroadcastContext } from "./options.ts";
import { PROGRAMME_FILE } from "./target.ts";

/**
 * Writes it.
 *
 * @param folder the station's folder
 * @throws AlluviumError `not-found` without folder, `programme-file` where the
 *   file there is none, `storage` where it can neither be read nor written
 */
export async function initStation(
  context: BroadcastContext,
  folder: string,
): Promise<void> {
  const file = join(folder, PROGRAMME_FILE);
  await mustBeFolder(folder);
  const old = await textOf(file);
  const words = wordsOf(context);
  const text = old === undefined
    ? stationText({ timeZone: localZone(), ...words })
    : changedStationText(old, words, file);
  readStation(text, file); // What is written can be read.
  const written = await saveIfChanged(file, new TextEncoder().encode(text));
  const did = old === undefined ? "Wrote" : written ? "Changed" : "Unchanged";
  report(context, file, did);
}

/** What somebody wrote there; undefined where nobody did. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const { message } = toAlluviumError(error);
    throw new AlluviumError(
      "storage",
      `Cannot read the programme file: ${message}`,
      { file, cause: error },
    );
  }
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
