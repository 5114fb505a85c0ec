import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { MemoryStore } from "../../lib/gateway/memory_store.ts";
import { PatientStore } from "../../lib/gateway/patient_store.ts";
import { SqliteStore } from "../../lib/gateway/sqlite_store.ts";
import { silentLog } from "../../lib/log.ts";
import { tempFolder } from "../support/temp.ts";
import { testStore } from "./store_suite.ts";

testStore("MemoryStore", () => new MemoryStore());
testStore(
  "PatientStore",
  () => new PatientStore(new MemoryStore(), systemClock, silentLog),
);
testStore("SqliteStore", () => new SqliteStore(":memory:"));

Deno.test("SqliteStore remembers across restarts", async () => {
  await using folder = await tempFolder();
  const file = folder.file("gateway.sqlite");
  const root = "a".repeat(64);
  const first = new SqliteStore(file);
  const layer = new Uint8Array(32).fill(1);
  await first.putContent({ root, length: 5, layer });
  await first.putResource({ url: "http://a.example/", root, checkedMs: 1 });
  await first.close();
  const second = new SqliteStore(file);
  assertEquals((await second.resource("http://a.example/"))?.root, root);
  assertEquals((await second.content(root))?.layer, layer);
  await second.close();
});

Deno.test("SqliteStore refuses a file of a newer program, and one that is no store", async () => {
  await using folder = await tempFolder();
  const newer = folder.file("newer.sqlite");
  const database = new DatabaseSync(newer);
  database.exec("PRAGMA user_version = 1000");
  database.close();
  const rubbish = await folder.write("rubbish.sqlite", "x".repeat(5000));
  for (const file of [newer, rubbish, folder.file("no/such/folder")]) {
    const error = assertThrows(() => new SqliteStore(file), AlluviumError);
    assertEquals([error.code, error.place.file], ["storage", file]);
  }
});
