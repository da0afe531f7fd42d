/** `halyard schema`: prints the GraphQL schema, writes it to a file, or checks that a file has it. */
import { readFile, writeFile } from "node:fs/promises";
import { printGraphQLSchema } from "../api/graphql/schema.js";
import { StartProblem } from "../platform/start-problem.js";
import { print } from "./print.js";

export async function schemaCommand(options: { write?: string; check?: string }): Promise<void> {
  const text = await printGraphQLSchema();
  if (options.write !== undefined) {
    await writeFile(options.write, text);
  } else if (options.check !== undefined) {
    const written = await readFile(options.check, "utf8").catch(() => "");
    if (written !== text) throw new StartProblem(`${options.check} is not current: npm run schema:write`);
  } else {
    print(text.trimEnd());
  }
}
