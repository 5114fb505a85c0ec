/**
 * The one place `ws` is imported from, with its types.
 *
 * @module
 */
// @ts-types="@types/ws"
export { WebSocket, WebSocketServer } from "ws";
