import { CONTAINER_FUZZES } from "./container_fuzzing.ts";

for (const { name, run } of CONTAINER_FUZZES) Deno.test(name, () => run(100));
