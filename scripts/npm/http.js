/**
 * Stands in for the stable part of `@std/http` where JSR is out of reach. The
 * file server of the npm republication does not load (it imports packages left
 * out of it), so ours stands in for it.
 *
 * @module
 */
/* @ts-self-types="./http.d.ts" */
export * from "deno-std/http/cookie.js";
export * from "deno-std/http/etag.js";
export * from "deno-std/http/negotiation.js";
export * from "deno-std/http/server_sent_event_stream.js";
export * from "deno-std/http/status.js";
export * from "deno-std/http/user_agent.js";
export { serveDir, serveFile } from "./file_server.ts";
