/**
 * Claims on files by Redis: `PREFIX:hashing:URL` holds who downloads a file, and
 * once it has begun where its bytes arrive. It expires unless its holder goes on
 * renewing it. A claim saves the origin a download and is no more than that: when
 * it is lost, two gateways hash the same file and come to the same root.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { GATEWAY_CLAIM_MS } from "../limits.ts";
import type { DistantJob, HashClaim, HashClaims } from "./hash_claims.ts";
import type { RedisClient, RedisStoreOptions } from "./redis_store.ts";

interface Entry {
  /** The holder's name. */
  from: string;
  job?: DistantJob;
}

/** {@linkcode HashClaims} by Redis. */
export class RedisClaims implements HashClaims {
  /**
   * @param client an open connection of somebody else's
   * @param options whose claims these are
   */
  constructor(
    private readonly client: RedisClient,
    private readonly options: RedisStoreOptions & { clock: Clock },
  ) {}

  /** @inheritDoc */
  async claim(
    url: string,
  ): Promise<
    { kind: "ours"; claim: HashClaim } | { kind: "theirs"; job?: DistantJob }
  > {
    const name = `${this.options.prefix ?? "alluvium"}:hashing:${url}`;
    const { gateway: from } = this.options;
    try {
      const expiration = { type: "PX", value: GATEWAY_CLAIM_MS } as const;
      const entry = JSON.stringify({ from });
      const done = await this.client.set(name, entry, {
        condition: "NX",
        expiration,
      });
      if (done === null) {
        const { from: holder, job } = await this.#read(name);
        if (holder !== undefined && holder !== from) {
          return { kind: "theirs", ...(job === undefined ? {} : { job }) };
        }
      }
    } catch {
      // Without Redis a gateway hashes what it is asked for.
    }
    return { kind: "ours", claim: this.#hold(name) };
  }

  async #read(name: string): Promise<Partial<Entry>> {
    const text = await this.client.get(name);
    return text === null ? {} : JSON.parse(text);
  }

  #hold(name: string): HashClaim {
    const { clock, gateway: from } = this.options;
    const entry: Entry = { from };
    let over = false;
    let cancel = () => {};
    const renew = () => {
      cancel();
      if (over) return;
      const expiration = { type: "PX", value: GATEWAY_CLAIM_MS } as const;
      this.client.set(name, JSON.stringify(entry), { expiration })
        .catch(() => {}); // It is tried again.
      cancel = clock.timer(GATEWAY_CLAIM_MS / 3, renew);
    };
    cancel = clock.timer(GATEWAY_CLAIM_MS / 3, renew);
    return {
      began: (job) => {
        entry.job = job;
        renew();
      },
      release: () => {
        over = true;
        cancel();
        this.client.del(name).catch(() => {}); // It expires.
      },
    };
  }
}
