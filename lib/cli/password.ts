/**
 * `alluvium password`: the hash of a password, for a config file that others may
 * read.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { hashPassword } from "../icecast/mod.ts";
import { type Command, defineCommand } from "./command.ts";
import { type SecretInput, standardInput } from "./secret_input.ts";

const options = {} as const;

/**
 * The command.
 *
 * @param input where the password comes from
 */
export function passwordCommand(input: SecretInput): Command<typeof options> {
  return defineCommand({
    name: "password",
    summary: "Print the hash of a password, for a config file",
    usage: "password [options]",
    help: {
      about:
        "Asks for a password, or reads the first line of standard input, and prints its hash (scrypt, with a salt of its own). Wherever a password is an option or a setting, the hash may stand instead: whoever reads the file cannot send or administer with it.",
      examples: [
        { does: "Be asked", line: "alluvium password" },
        {
          does: "Read it from a file",
          line: "alluvium password < secret.txt",
        },
      ],
    },
    options,
    async run(context) {
      const password = await input.read("Password: ", context.signal);
      if (password === "") {
        throw new AlluviumError("usage", "Cannot hash an empty password");
      }
      if (input.isTerminal) {
        const again = await input.read("Once more: ", context.signal);
        if (again !== password) {
          throw new AlluviumError("usage", "The two passwords differ");
        }
      }
      const hash = await hashPassword(password);
      if (context.json) context.emit({ hash });
      else context.out(hash);
    },
  });
}

export default passwordCommand(standardInput());
