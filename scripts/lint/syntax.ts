/**
 * What the rules of the house ask of syntax.
 *
 * @module
 */

import { ROOT } from "../paths.ts";

/** One rule. */
export type Rule = Deno.lint.Rule;

/** The path of a file from the checkout's root, with forward slashes. */
export function relative(filename: string): string {
  const path = filename.replaceAll("\\", "/");
  const root = ROOT.replaceAll("\\", "/") + "/";
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** Scripts of the web page; they run in a browser, not in the house. */
const PAGE_FOLDER = "lib/player/page/";

/** Whether a file, by its path from the root, is a module of `lib/`. */
export function isModule(path: string): boolean {
  return path.startsWith("lib/") && !path.startsWith(PAGE_FOLDER);
}

/** `a.b` for a plain member expression of two names, else "". */
export function dotted(node: Deno.lint.MemberExpression): string {
  const { object, property, computed } = node;
  if (computed || object.type !== "Identifier") return "";
  return property.type === "Identifier"
    ? `${object.name}.${property.name}`
    : "";
}

/** Whether a node is one of these names. */
export function isName(
  node: Deno.lint.Node,
  names: readonly string[],
): boolean {
  return node.type === "Identifier" && names.includes(node.name);
}
