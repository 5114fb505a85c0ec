/**
 * Rules of names: numbers of time say their unit, limits say their reason.
 *
 * @module
 */

import { isModule, relative, type Rule } from "./syntax.ts";

/** What has a unit, as the last word of a name. */
const TIME_WORDS = ["timeout", "interval", "delay", "duration", "age"];

/** The words of a camelCase or SCREAMING_CASE name, in lower case. */
function words(name: string): string[] {
  return name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase().split("_");
}

function isNumberType(node: Deno.lint.Node | null | undefined): boolean {
  if (node?.type === "TSTypeAnnotation") {
    return isNumberType(node.typeAnnotation);
  }
  if (node?.type === "TSUnionType") return node.types.some(isNumberType);
  return node?.type === "TSNumberKeyword";
}

function isNumber(node: Deno.lint.Node | null | undefined): boolean {
  if (node?.type === "BinaryExpression") {
    return isNumber(node.left) || isNumber(node.right);
  }
  return node?.type === "Literal" && typeof node.value === "number";
}

/** A number called timeout, interval, delay, duration or age says its unit. */
export const unitsInNames: Rule = {
  create(context) {
    if (!isModule(relative(context.filename))) return {};
    const check = (node: Deno.lint.Node, number: boolean) => {
      if (!number || node.type !== "Identifier") return;
      if (!TIME_WORDS.includes(words(node.name).at(-1)!)) return;
      context.report({
        node,
        message: `${node.name} does not say its unit`,
        hint: `Call it ${node.name}Ms, or name another unit`,
      });
    };
    const checkParameters = ({ params }: { params: Deno.lint.Parameter[] }) => {
      for (const node of params) {
        const name = node.type === "AssignmentPattern" ? node.left : node;
        if (name.type !== "Identifier") continue;
        check(name, isNumberType(name.typeAnnotation));
      }
    };
    return {
      VariableDeclarator: (node) =>
        check(
          node.id,
          isNumber(node.init) || isNumberType(node.id.typeAnnotation),
        ),
      TSPropertySignature: (node) =>
        check(node.key, isNumberType(node.typeAnnotation)),
      PropertyDefinition: (node) =>
        check(
          node.key,
          isNumber(node.value) || isNumberType(node.typeAnnotation),
        ),
      FunctionDeclaration: checkParameters,
      FunctionExpression: checkParameters,
      ArrowFunctionExpression: checkParameters,
    };
  },
};

/** A limit is a SCREAMING_CASE constant with a unit and a reason. */
export const limitsHaveReasons: Rule = {
  create(context) {
    if (relative(context.filename) !== "lib/limits.ts") return {};
    const report = (node: Deno.lint.Node, message: string, hint: string) =>
      context.report({ node, message, hint });
    return {
      ExportNamedDeclaration(node) {
        if (node.declaration?.type !== "VariableDeclaration") return;
        const { id } = node.declaration.declarations[0]!;
        const name = id.type === "Identifier" ? id.name : "";
        if (!/^[A-Z][A-Z\d]*(_[A-Z\d]+)*$/.test(name)) {
          report(node, `${name} is not in SCREAMING_CASE`, "Rename it");
        }
        if (/(^|_)(SIZE|LENGTH)(_|$)/.test(name)) {
          report(
            node,
            `${name} does not say its unit`,
            "Say BYTES, or what it counts",
          );
        }
        const comment = context.sourceCode.getCommentsBefore(node).at(-1);
        if (!comment?.value.startsWith("*")) {
          report(
            node,
            `${name} has no doc comment`,
            "Say where the number comes from",
          );
        }
      },
    };
  },
};
