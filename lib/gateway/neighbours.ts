/**
 * Other gateways that serve the same network, as this one sees them: what they
 * say of their peers, and how they are told of ours. Whoever carries the news
 * is behind this interface (`redis_neighbours.ts`).
 *
 * @module
 */
import type { PeerRecord } from "./messages.ts";

/** A peer takes part in a content, or does no more. */
export interface NeighbourNews {
  /** The content. */
  key: string;
  /** The peer's id, 32 hex digits. */
  id: string;
  /** Where it is, proven by its own gateway; absent: it has gone. */
  peer?: PeerRecord;
}

/** Who hears of the neighbours. */
export interface NeighbourEars {
  /** News of peers elsewhere. */
  handleNews(news: NeighbourNews[]): void;
  /** News may have been lost: ask for everything again, say everything again. */
  handleLoss(): void;
}

/** The way to the other gateways. Nothing here rejects or throws: without neighbours a gateway goes on alone. */
export interface Neighbours {
  /** Tells the others; said again every GATEWAY_NEIGHBOUR_REFRESH_MS. */
  tell(news: NeighbourNews[]): void;
  /** Peers of one content elsewhere, GATEWAY_NEIGHBOUR_PEERS_MAX at most. */
  load(key: string): Promise<PeerRecord[]>;
  /** Begins to hear. */
  listen(ears: NeighbourEars): void;
  /** Ends it. */
  close(): Promise<void>;
}
