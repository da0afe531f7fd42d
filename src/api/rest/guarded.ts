/** What each request of OFREP costs, and who is told when it asked for too much. */
import type { GraphQLContext } from "../graphql/context.js";
import { recordRefusal } from "../refusals.js";

/** Costs one of the caller's budget. Refused attempts go to the security log, under the names that GraphQL has for them. */
export async function guarded<T>(
  operation: string,
  { tools, caller }: Pick<GraphQLContext, "tools" | "caller">,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    tools.budgets.spend(caller, "evaluation");
    return await work();
  } catch (error) {
    recordRefusal(tools.security, caller, operation, error);
    throw error;
  }
}
