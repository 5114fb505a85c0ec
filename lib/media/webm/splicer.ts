/**
 * One maker's WebM after another's on one mount: the header is sent once, and
 * the clusters' times go on where the last one ended, for a browser stops at a
 * second header and waits where time goes back.
 *
 * Both makers number their tracks alike (header.ts); that they use the same
 * codecs is the caller's part.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import type { MountChunk } from "../packet.ts";
import type { Splicer } from "../splice.ts";
import { element, numberElement } from "./ebml.ts";
import { EbmlReader } from "./ebml_reader.ts";
import { IDS } from "./ids.ts";
import { readNumber } from "./read_ebml.ts";

/** One cluster of a chunk. */
interface Cluster {
  timeMs: number;
  blocks: Uint8Array[];
}

/** Joins WebM. */
export class WebmSplicer implements Splicer {
  #wasCut = false;
  #isCut = false;
  #offsetMs = 0;
  #endMs = 0;

  /** @inheritDoc */
  cut(): void {
    this.#isCut = true;
    this.#wasCut = true;
  }

  /** @inheritDoc */
  pass(chunk: MountChunk): MountChunk {
    const { header, clusters } = takenApart(chunk.data);
    const [first] = clusters;
    if (first === undefined) return chunk;
    if (this.#isCut) this.#offsetMs = Math.round(this.#endMs) - first.timeMs;
    this.#isCut = false;
    this.#endMs = first.timeMs + this.#offsetMs + chunk.durationMs;
    if (!this.#wasCut) return chunk;
    const data = concatBytes(
      clusters.map(({ timeMs, blocks }) =>
        element(IDS.cluster, [
          numberElement(IDS.timestamp, timeMs + this.#offsetMs),
          ...blocks,
        ])
      ),
    );
    const isBare = chunk.header?.length === 0;
    return { ...chunk, data, ...(isBare ? { header } : {}) };
  }
}

/** What stands before the first cluster, and the clusters. */
function takenApart(
  data: Uint8Array,
): { header: Uint8Array; clusters: Cluster[] } {
  const clusters: Cluster[] = [];
  const header: Uint8Array[] = [];
  for (const { id, bytes, contents } of new EbmlReader().push(data)) {
    const cluster = clusters.at(-1);
    if (id === IDS.cluster) clusters.push({ timeMs: 0, blocks: [] });
    else if (cluster === undefined) header.push(bytes);
    else if (id === IDS.timestamp) cluster.timeMs = readNumber(contents);
    else cluster.blocks.push(bytes);
  }
  return { header: concatBytes(header), clusters };
}
