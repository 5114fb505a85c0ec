/**
 * The types of `@std/cli` 1.0.32 for flat options: no dotted names. The
 * originals compute the same shapes by longer ways.
 */

/** What {@linkcode parseArgs} is told. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  N extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
  DD extends boolean = boolean,
> {
  /** Put what follows `--` under that key instead of into `_`. */
  "--"?: DD;
  /** Other names of an option. */
  alias?: Record<string, string | readonly string[]>;
  /** Options without a value. */
  boolean?: B | boolean | readonly B[];
  /** Values of options that were not given. */
  default?: D;
  /** Whether everything after the first bare argument goes into `_`. */
  stopEarly?: boolean;
  /** Options whose value stays a string. */
  string?: S | readonly S[];
  /** Options that may be repeated. */
  collect?: C | readonly C[];
  /** Options that `--no-NAME` sets to false. */
  negatable?: N | readonly N[];
  /** Called for options not declared; `false` leaves them out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Negated<K, N> = K extends N ? false : never;

/** What {@linkcode parseArgs} returns. */
export type Args<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  N extends string = never,
  D = unknown,
  DD extends boolean = false,
> =
  & Record<string, unknown>
  & {
    [K in Exclude<S, C>]:
      | string
      | Negated<K, N>
      | (K extends keyof D ? D[K] : undefined);
  }
  & { [K in S & C]: string[] }
  & { [K in Exclude<B, C>]: boolean | (K extends keyof D ? D[K] : never) }
  & { _: (string | number)[] }
  & (DD extends true ? { "--": string[] } : unknown);

/** Reads command line arguments into an object; bare arguments go into `_`. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const N extends string = never,
  D extends Record<string, unknown> = Record<never, never>,
  const DD extends boolean = false,
>(
  args: readonly string[],
  options?: ParseOptions<B, S, C, N, D, DD>,
): Args<B, S, C, N, D, DD>;

/** What {@linkcode promptSecret} is told. */
export interface PromptSecretOptions {
  /** The character shown for each one typed; default `*`. */
  mask?: string;
  /** Whether to wipe the prompt afterwards. */
  clear?: boolean;
}

/** Asks on the terminal without showing the answer; null if there is none. */
export function promptSecret(
  message?: string,
  options?: PromptSecretOptions,
): string | null;
