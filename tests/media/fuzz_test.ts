import { FUZZES } from "./fuzzing.ts";

for (const { name, run } of FUZZES) Deno.test(name, () => run(150));
