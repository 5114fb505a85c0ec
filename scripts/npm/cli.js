/**
 * Stands in for the stable part of `@std/cli` where JSR is out of
 * reach; `unicodeWidth` needs a data file that the npm republication lacks.
 *
 * @module
 */
/* @ts-self-types="./cli.d.ts" */
export * from "deno-std/cli/parse_args.js";
export * from "deno-std/cli/prompt_secret.js";
