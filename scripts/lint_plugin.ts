/**
 * The house's own lint rules: what the design promises and no general rule
 * knows. They hold for `lib/`; scripts and tests are shells. Each looks at
 * syntax alone, so it is right wherever it speaks and silent where it cannot
 * know.
 *
 * @module
 */

import { limitsHaveReasons, unitsInNames } from "./lint/naming.ts";
import {
  errorsHaveCodes,
  noConsole,
  oneChance,
  oneClock,
  pureModules,
} from "./lint/purity.ts";

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "pure-modules": pureModules,
    "one-clock": oneClock,
    "one-chance": oneChance,
    "no-console": noConsole,
    "errors-have-codes": errorsHaveCodes,
    "units-in-names": unitsInNames,
    "limits-have-reasons": limitsHaveReasons,
  },
};

export default plugin;
