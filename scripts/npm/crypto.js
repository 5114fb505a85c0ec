/**
 * Stands in for the part of `@std/crypto` we use where JSR is out of reach. The
 * rest of that package needs a WASM file that the npm republication lacks.
 *
 * @module
 */
/* @ts-self-types="./crypto.d.ts" */
export * from "deno-std/crypto/timing_safe_equal.js";
