/** Who may ask for the schema, and be helped with names out of it. */
import { BREAK, type DocumentNode, visit } from "graphql";
import { type Caller, isEvaluationKey } from "../../features/permissions/index.js";
import type { Config } from "../../platform/config.js";
import { forbidden, type Problem, unauthenticated } from "../../platform/problems.js";
import { notListed } from "../ip-allowlist.js";
import type { GraphQLContext } from "./context.js";
import { isIntrospective } from "./limits/tally.js";

/** Whether the caller of an operation may see the schema. */
export type MayIntrospect = (context: GraphQLContext) => boolean;

/** Outside production everybody may; in production signed-in users and MANAGEMENT keys. Never from addresses that IP_ALLOWLIST leaves out. */
export function introspectionPolicy({ production }: Pick<Config, "production">): MayIntrospect {
  return ({ caller, isInside }) => isInside && (!production || isKnown(caller));
}

/** Whether it is somebody who works with the server, rather than a stranger or a key that pages and services evaluate with. */
export function isKnown({ identity }: Caller): boolean {
  return identity.kind !== "ANONYMOUS" && !isEvaluationKey(identity);
}

/** Whether the document asks for the schema anywhere; `__typename` tells nothing that the answer does not. */
export function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: ({ name }) => {
      if (!isIntrospective(name.value)) return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

/** What somebody who asks for the schema and may not is told. */
export function introspectionRefused({ caller, isInside }: GraphQLContext): Problem {
  if (!isInside) return notListed(caller.ip);
  const { identity } = caller;
  return identity.kind === "ANONYMOUS"
    ? unauthenticated(identity.reason)
    : forbidden("The schema is shown to signed-in users and MANAGEMENT keys.");
}
