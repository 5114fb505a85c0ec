/**
 * Stands in for `@std/assert` where JSR is out of reach: the same code, as the
 * npm package `deno-std` republishes it, with types of our own.
 *
 * @module
 */
/* @ts-self-types="./assert.d.ts" */
export * from "deno-std/assert/mod.js";
