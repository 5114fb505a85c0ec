import { assert, assertEquals } from "@std/assert";
import { addressesOf } from "../../lib/broadcaster/addresses.ts";
import { Survey } from "../../lib/broadcaster/survey.ts";
import {
  SURVEY_FILES_AT_ONCE,
  SURVEY_STATES_AT_ONCE,
} from "../../lib/limits.ts";
import { tempFolder } from "../support/temp.ts";
import { demoFile } from "./folders.ts";

Deno.test("a survey looks at SURVEY_FILES_AT_ONCE files at a time and keeps their order", async () => {
  await using folder = await tempFolder();
  const mp3 = await demoFile("station_ident.mp3");
  const paths = Array.from({ length: 12 }, (_, i) => `${i}.mp3`);
  for (const path of paths) await folder.write(path, mp3);
  await folder.write("5.mp3", "no music");
  const begun = new Set<number>();
  const ended = new Set<number>();
  let most = 0;
  const addresses = addressesOf(folder.path, folder.file("playlist.rss"));
  const survey = new Survey(folder.path, addresses, new Map(), {
    onProgress: ({ index, done, total }) => {
      begun.add(index);
      if (done === total) ended.add(index);
      most = Math.max(most, begun.difference(ended).size);
    },
  });
  const files = await survey.files([...paths, "gone.mp3"]);
  assertEquals(
    files.map(({ path }) => path),
    paths.filter((path) => path !== "5.mp3"),
  );
  assertEquals(survey.skipped.map(({ path }) => path), ["5.mp3", "gone.mp3"]);
  assert(most > 1 && most <= SURVEY_FILES_AT_ONCE + 1, `${most}`);
});

Deno.test("files that are as they were are asked for SURVEY_STATES_AT_ONCE at a time, and nothing else is done with them", async () => {
  await using folder = await tempFolder();
  const mp3 = await demoFile("station_ident.mp3");
  const count = SURVEY_STATES_AT_ONCE + 20;
  const paths = Array.from({ length: count }, (_, i) => `${i}.mp3`);
  for (const path of paths) await folder.write(path, mp3);
  const addresses = addressesOf(folder.path, folder.file("playlist.rss"));
  const first = new Survey(folder.path, addresses, new Map());
  const items = (await first.files(paths)).map(({ item }) => item);
  await folder.write("7.mp3", mp3.slice(0, mp3.length / 2));
  let asking = 0;
  let most = 0;
  using _stat = replacedStat(async (original, path) => {
    most = Math.max(most, ++asking);
    return await original(path).finally(() => asking--);
  });
  const touched: string[] = [];
  const second = new Survey(
    folder.path,
    addresses,
    new Map(items.map((item) => [item.url, item])),
    { onProgress: ({ path }) => touched.push(path) },
  );
  const again = (await second.files(paths)).map(({ item }) => item);
  assert(most > 1 && most <= SURVEY_STATES_AT_ONCE, `${most}`);
  assertEquals(second.hashed, 1);
  assertEquals(new Set(touched), new Set(["7.mp3"]));
  assertEquals(again.with(7, items[7]!), items);
});

/** `Deno.stat` in other words, until the end of the block. */
function replacedStat(
  by: (
    original: typeof Deno.stat,
    path: string | URL,
  ) => Promise<Deno.FileInfo>,
): Disposable {
  const original = Deno.stat;
  Deno.stat = (path) => by(original, path);
  return { [Symbol.dispose]: () => void (Deno.stat = original) };
}
