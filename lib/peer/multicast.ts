/**
 * The one place `multicast-dns` is imported from, with its types. It is loaded
 * when the first listener looks around, so that other commands do without.
 *
 * @module
 */
// @ts-types="@types/multicast-dns"
export { default } from "multicast-dns";
