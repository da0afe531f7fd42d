/** What happens around every operation of the API, whichever room answers it. */
import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from "graphql";
import { recordRefusal } from "../refusals.js";
import type { GraphQLContext } from "./context.js";

type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

/** Wraps the fields of Query, Mutation and Subscription. */
export function guardRootFields(schema: GraphQLSchema): void {
  wrap(schema.getQueryType(), "resolve", guarded);
  wrap(schema.getMutationType(), "resolve", (work) => forgetful(guarded(work)));
  wrap(schema.getSubscriptionType(), "subscribe", guarded);
}

function wrap(
  type: GraphQLObjectType | null | undefined,
  role: "resolve" | "subscribe",
  around: (work: Resolver) => Resolver,
): void {
  for (const field of Object.values(type?.getFields() ?? {})) {
    const work = field[role] as Resolver | undefined;
    if (work !== undefined) field[role] = around(work);
  }
}

/** Refused attempts go to the security log. */
function guarded(work: Resolver): Resolver {
  return async (root, args, context, info): Promise<unknown> => {
    try {
      return await work(root, args, context, info);
    } catch (error) {
      recordRefusal(context.tools.security, context.caller, info.fieldName, error);
      throw error;
    }
  };
}

/** Mutations of one operation run one after the other: what one read, the next may have changed. */
function forgetful(work: Resolver): Resolver {
  return async (root, args, context, info): Promise<unknown> => {
    context.loaders.reset();
    return work(root, args, context, info);
  };
}
