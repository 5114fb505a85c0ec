/**
 * Files on their way from origins, or from other gateways that fetch them: each
 * is hashed while it arrives, few at a time, and the rest wait in line. A slow
 * one makes way for those that wait and goes on beside them: whoever has a slow
 * server does not hold up the others' files.
 *
 * @module
 */
import { type AlluviumError, toAlluviumError } from "../errors.ts";
import {
  GATEWAY_JOB_LOOK_MS,
  GATEWAY_JOB_SLOW_BYTES_PER_SECOND,
  GATEWAY_JOBS_MAX,
  GATEWAY_JOBS_PER_NETWORK_MAX,
  GATEWAY_JOBS_SLOW_MAX,
  GATEWAY_JOBS_WAITING_MAX,
} from "../limits.ts";
import type { Log } from "../log.ts";
import { type GatewayContent, provisionalKey } from "./content.ts";
import type { Contents, UrlEntry } from "./contents.ts";
import { type HashClaims, openShared, type SharedFile } from "./hash_claims.ts";
import { type HashJobTools, startHashJob } from "./hash_job.ts";
import { JobQueue, type Turn } from "./job_queue.ts";
import type { OriginAccess } from "./origin_request.ts";
import type { Tally } from "./tally.ts";

/** What downloads work with. */
export interface DownloadTools extends HashJobTools {
  contents: Contents;
  access: OriginAccess;
  random: () => number;
  log: Log;
  tally: Tally;
  /** Where there are other gateways. @default {none} */
  claims?: HashClaims | undefined;
  /** Where other gateways reach this one; undefined: they do not. */
  base(): string | undefined;
}

/** All downloads of one gateway. */
export class Downloads {
  readonly #queue = new JobQueue({
    runningMax: GATEWAY_JOBS_MAX,
    waitingMax: GATEWAY_JOBS_WAITING_MAX,
    perOwnerMax: GATEWAY_JOBS_PER_NETWORK_MAX,
    asideMax: GATEWAY_JOBS_SLOW_MAX,
  });
  readonly #jobs = new Set<Promise<unknown>>();

  /**
   * @param tools what they work with
   * @param signal ends all of them
   * @param failed told of a file that broke off on its way
   */
  constructor(
    private readonly tools: DownloadTools,
    private readonly signal: AbortSignal,
    private readonly failed: (url: string, error: AlluviumError) => void,
  ) {}

  /** Downloads under way, those that have made way included. */
  get running(): number {
    return this.#queue.running;
  }

  /** Downloads that wait for their turn. */
  get waiting(): number {
    return this.#queue.waiting;
  }

  /**
   * Begins to download a file once it is its turn.
   *
   * @param network of whoever brought it, if that is counted
   * @returns its content, arriving; or known, if another gateway was faster
   * @throws {AlluviumError} as `openFile`, `Contents.admit` and `JobQueue.enter`
   * @throws the signal's reason when it aborts
   */
  async begin(url: string, network: string | undefined): Promise<UrlEntry> {
    const { contents } = this.tools;
    const turn = await this.#queue.enter(network);
    let shared: SharedFile | undefined;
    const end = () => {
      shared?.over();
      turn.end();
    };
    try {
      this.signal.throwIfAborted();
      // Another gateway may have been at it already.
      let known: UrlEntry | undefined;
      const isKnown = async () =>
        (known = await contents.byUrl(url)) !== undefined;
      const tools = { ...this.tools, claims: this.tools.claims };
      shared = await openShared(url, isKnown, tools, this.signal);
      if (shared !== undefined) {
        return await this.#read(url, shared, { network, turn, end });
      }
      end();
      return known!;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Waits until all have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#jobs);
  }

  async #read(
    url: string,
    { file, key, began }: SharedFile,
    { network, turn, end }: {
      network: string | undefined;
      turn: Turn;
      end: () => void;
    },
  ): Promise<UrlEntry> {
    const { contents, clock, random } = this.tools;
    const { facts } = file;
    try {
      contents.admit(facts.length, network);
    } catch (error) {
      file.answer.close();
      throw error;
    }
    const nonce = `${clock.now()} ${random()}`;
    const name = key ?? provisionalKey(url, facts, nonce);
    const job = await startHashJob(url, file, name, this.tools, this.signal);
    began(name);
    const { content } = job;
    content.broughtBy = network;
    const checkedMs = clock.now();
    const entry = contents.enter({ url, content, facts, checkedMs });
    const stopLooking = this.#makeWay(content, turn);
    this.#watch(entry, job.done, () => {
      stopLooking();
      end();
    });
    return entry;
  }

  /** Lets others go while a download is slow. */
  #makeWay(content: GatewayContent, turn: Turn): () => void {
    const { clock } = this.tools;
    let cancel = () => {};
    let seen = 0;
    const look = () => {
      const bytes = content.arrivedBytes - seen;
      seen += bytes;
      const slow = bytes * 1000 / GATEWAY_JOB_LOOK_MS <
        GATEWAY_JOB_SLOW_BYTES_PER_SECOND;
      if (slow && turn.makeWay()) return;
      cancel = clock.timer(GATEWAY_JOB_LOOK_MS, look);
    };
    cancel = clock.timer(GATEWAY_JOB_LOOK_MS, look);
    return () => cancel();
  }

  /** Sees a download to its end. */
  #watch(
    entry: UrlEntry,
    done: Promise<GatewayContent>,
    over: () => void,
  ): void {
    const { contents, log, tally } = this.tools;
    const end = done
      .then(async ({ length }) => {
        tally.hashed(length);
        log("debug", "Hashed a file", { url: entry.url, bytes: length });
        await contents.whole(entry);
      }, (error) => {
        const failure = toAlluviumError(error);
        tally.refused(failure.code);
        this.failed(entry.url, failure);
        contents.retire(entry, failure);
      })
      .catch((error) => log("error", "Cannot remember a file", { error }))
      .finally(() => {
        over();
        this.#jobs.delete(end);
      });
    this.#jobs.add(end);
  }
}
