/**
 * Rules of purity: where the clock, timers, chance, the network and the console
 * may be.
 *
 * @module
 */

import { dotted, isModule, isName, relative, type Rule } from "./syntax.ts";

/** Folders that open no socket, set no timer and ask no clock. */
const PURE_FOLDERS = [
  "schedule",
  "planner",
  "hashtree",
  "swarm",
  "playlist",
  "media",
];
/** Files of those folders that are shells nevertheless. */
const SHELLS_IN_PURE_FOLDERS = [/^lib\/playlist\/(fetch|load|refresh)\w*\.ts$/];
/** The only file of `lib/` that reads the machine's clock or sets a timer. */
const CLOCK_FILE = "lib/clock.ts";
/** The only files of `lib/` where chance comes from: the entry's shell. */
const CHANCE_FILES = ["lib/cli/program.ts"];
/** Modules of Node that compute and do nothing else. */
const PURE_NODE_MODULES = ["node:crypto", "node:buffer"];

const TIMERS = ["setTimeout", "setInterval", "setImmediate"];
const CLOCKS = ["Date.now", "performance.now"];
const RANDOM_BYTES = ["getRandomValues", "randomUUID", "randomBytes"];

function isPure(path: string): boolean {
  const folder = path.match(/^lib\/(\w+)\//)?.[1] ?? "";
  return PURE_FOLDERS.includes(folder) &&
    !SHELLS_IN_PURE_FOLDERS.some((shell) => shell.test(path));
}

/** Pure modules have no Deno, chance, network or machine clock. */
export const pureModules: Rule = {
  create(context) {
    if (!isPure(relative(context.filename))) return {};
    const report = (node: Deno.lint.Node, what: string) =>
      context.report({
        node,
        message: `${what} in a pure module`,
        hint: "Take it as an argument, or move it into a shell",
      });
    return {
      MemberExpression(node) {
        const name = dotted(node);
        if (name.startsWith("Deno.")) report(node, "Deno");
        if (name === "Math.random") report(node, name);
        if (
          isName(node.object, ["crypto"]) &&
          RANDOM_BYTES.includes(name.slice(7))
        ) {
          report(node, name);
        }
      },
      CallExpression(node) {
        if (isName(node.callee, ["fetch", ...RANDOM_BYTES])) {
          report(node, (node.callee as Deno.lint.Identifier).name);
        }
      },
      ImportDeclaration(node) {
        const from = node.source.value;
        const isType = node.importKind === "type";
        if (
          from.startsWith("node:") && !isType &&
          !PURE_NODE_MODULES.includes(from)
        ) {
          report(node, from);
        }
      },
      ImportSpecifier(node) {
        if (isName(node.imported, ["systemClock"])) {
          report(node, "The machine's clock");
        }
      },
    };
  },
};

/** Only lib/clock.ts reads the clock and sets timers. */
export const oneClock: Rule = {
  create(context) {
    const path = relative(context.filename);
    if (!isModule(path) || path === CLOCK_FILE) return {};
    const report = (node: Deno.lint.Node, what: string) =>
      context.report({
        node,
        message: `${what} outside lib/clock.ts`,
        hint: "Take `now` in milliseconds, or a Clock",
      });
    return {
      MemberExpression(node) {
        const name = dotted(node);
        if (CLOCKS.includes(name)) report(node, name);
      },
      CallExpression(node) {
        if (isName(node.callee, TIMERS)) {
          report(node, (node.callee as Deno.lint.Identifier).name);
        }
      },
      NewExpression(node) {
        if (isName(node.callee, ["Date"]) && node.arguments.length === 0) {
          report(node, "new Date() without a time");
        }
      },
    };
  },
};

/** Math.random stands in the files that may bring chance in. */
export const oneChance: Rule = {
  create(context) {
    const path = relative(context.filename);
    if (!isModule(path) || CHANCE_FILES.includes(path)) return {};
    return {
      MemberExpression(node) {
        if (dotted(node) !== "Math.random") return;
        context.report({
          node,
          message: `Math.random outside ${CHANCE_FILES.join(", ")}`,
          hint: "Take `random: () => number`",
        });
      },
    };
  },
};

/** lib/ prints through what it is given. */
export const noConsole: Rule = {
  create(context) {
    if (!isModule(relative(context.filename))) return {};
    return {
      MemberExpression(node) {
        if (!dotted(node).startsWith("console.")) return;
        context.report({
          node,
          message: "console in lib/",
          hint: "Take a Log (lib/log.ts); standard output belongs to --json",
        });
      },
    };
  },
};

/** lib/ throws errors that say whose fault they are. */
export const errorsHaveCodes: Rule = {
  create(context) {
    if (!isModule(relative(context.filename))) return {};
    return {
      ThrowStatement(node) {
        const thrown = node.argument;
        if (thrown.type !== "NewExpression") return;
        if (!isName(thrown.callee, ["Error"]) || isCaught(node, context)) {
          return;
        }
        context.report({
          node,
          message: "An error without a code",
          hint: "Throw an AlluviumError (lib/errors.ts); " +
            "TypeError or RangeError for a programming mistake",
        });
      },
    };
  },
};

/** Whether what is thrown here is caught in the same function, to be named there. */
function isCaught(
  node: Deno.lint.Node,
  context: Deno.lint.RuleContext,
): boolean {
  let child: Deno.lint.Node = node;
  for (const parent of context.sourceCode.getAncestors(node).reverse()) {
    if (/Function/.test(parent.type)) return false;
    if (parent.type === "TryStatement" && parent.block === child) {
      return parent.handler !== null;
    }
    child = parent;
  }
  return false;
}
