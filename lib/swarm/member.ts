/**
 * What is known of one peer that can be dialled.
 *
 * @module
 */
import type { PeerAddress } from "./places.ts";

/** A peer, and how dialling it went. */
export interface Member extends PeerAddress {
  /** On this machine or network. */
  near: boolean;
  /** The network its address belongs to; undefined near us. */
  network: string | undefined;
  /** A gateway, the local network, the user or a link of our own says so; else it is hearsay. */
  named: boolean;
  /** Links whose peers say that they are linked to it. */
  tellers: readonly number[];
  stations: ReadonlySet<string>;
  dialling: boolean;
  failures: number;
  /** When it may be dialled, or when its dial counts as failed. */
  nextMs: number;
}

/** Whether somebody speaks of it: one who can be believed, or a linked peer. */
export function isVouchedFor({ named, tellers }: Member): boolean {
  return named || tellers.length > 0;
}
