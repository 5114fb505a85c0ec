import { assert, assertEquals } from "@std/assert";
import { addressesOf } from "../../lib/broadcaster/addresses.ts";
import { Survey } from "../../lib/broadcaster/survey.ts";
import { SURVEY_FILES_AT_ONCE } from "../../lib/limits.ts";
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
