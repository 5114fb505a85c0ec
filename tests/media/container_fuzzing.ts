/**
 * Any damage to the containers that are trees of boxes, and to frames without
 * one: opening and reading throw nothing but our own errors and end, and what
 * comes out goes through every mount.
 *
 * @module
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../lib/errors.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { openTrack } from "../../lib/media/open.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { CONTAINER_FILES } from "./container_files.ts";
import { act, type Fuzz, hurt } from "./fuzzing.ts";
import { CountingSource } from "./support.ts";

/** All of them. */
export const CONTAINER_FUZZES: Fuzz[] = Object.entries(CONTAINER_FILES).map(
  ([name, file]) => ({
    name: `any damage to ${name} is survived in a bounded number of reads`,
    run: (numRuns, seed) =>
      survive(file, { numRuns, ...(seed !== undefined && { seed }) }),
  }),
);

async function survive(
  file: Uint8Array,
  options: { numRuns: number; seed?: number },
): Promise<void> {
  const startMs = fc.oneof(fc.constant(0), fc.nat(9000));
  const acts = fc.array(act, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(acts, startMs, async (x, at) => {
      const source = new CountingSource(x.reduce(hurt, file));
      await play(source, at);
      const blocks = Math.ceil(source.size / 16384);
      assert(source.reads < 300 + blocks * 20, `${source.reads} reads`);
    }),
    options,
  );
}

async function play(source: CountingSource, startMs: number): Promise<void> {
  try {
    const track = await openTrack(source, { startMs });
    const writers = createMountWriters(kindOf(track.info))
      .filter((writer) => writer.accepts(track.info));
    assert(writers.length > 0);
    for (const writer of writers) writer.begin(track.info);
    for await (const packet of track.packets) {
      assert(packet.durationSamples >= 0);
      for (const writer of writers) {
        for (const chunk of writer.write(packet)) {
          assert(chunk.durationMs >= 0 && chunk.data.length > 0);
        }
      }
    }
    for (const writer of writers) writer.end();
  } catch (error) {
    assert(error instanceof AlluviumError, String(error));
  }
}
