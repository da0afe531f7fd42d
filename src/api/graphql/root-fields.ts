/** What happens around every operation of the API, whichever room answers it. */
import {
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from "graphql";
import { countOf, purposeOf } from "../budgets.js";
import { notListed } from "../ip-allowlist.js";
import { recordRefusal } from "../refusals.js";
import type { GraphQLContext } from "./context.js";
import { repeatable } from "./repetitions.js";

type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

/** Wraps the fields of Query, Mutation and Subscription, and what hangs on them. */
export function guardRootFields(schema: GraphQLSchema): void {
  wrap(schema.getQueryType(), "resolve", guarded);
  wrap(schema.getMutationType(), "resolve", (work) => forgetful(guarded(repeatable(work))));
  wrap(schema.getSubscriptionType(), "subscribe", guarded);
  const roots = new Set<unknown>([
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ]);
  for (const type of Object.values(schema.getTypeMap())) {
    const isInner = isObjectType(type) && !roots.has(type) && !type.name.startsWith("__");
    if (isInner) wrap(type, "resolve", watched);
  }
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

/** What addresses that IP_ALLOWLIST leaves out may ask for. */
const evaluations: ReadonlySet<string> = new Set([
  ...["evaluate", "evaluateAll", "evaluations", "track", "trackExposures"],
]);

/** Throws FORBIDDEN. */
function admit({ isInside, caller }: GraphQLContext, field: string): void {
  if (isInside || evaluations.has(field)) return;
  const { identity } = caller;
  const isServerKey = identity.kind === "API_KEY" && identity.keyKind === "SERVER";
  if (!(isServerKey && field === "ruleset")) throw notListed(caller.ip);
}

/** Costs one of the caller's budget. Refused attempts go to the security log. */
function guarded(work: Resolver): Resolver {
  return async (root, args, context, info): Promise<unknown> => {
    try {
      admit(context, info.fieldName);
      const { tools, caller } = context;
      const count = countOf(caller, info.fieldName, args);
      tools.budgets.spend(caller, purposeOf(info.parentType.name, info.fieldName), count);
      return await work(root, args, context, info);
    } catch (error) {
      recordRefusal(context.tools.security, context.caller, info.fieldName, error);
      throw error;
    }
  };
}

/** As `guarded`, for fields of which one answer may have thousands: what answers at once is not made to wait. */
function watched(work: Resolver): Resolver {
  return (root, args, context, info) => {
    try {
      const answer = work(root, args, context, info);
      return answer instanceof Promise
        ? answer.catch((error: unknown) => refusedWithin(context, info, error))
        : answer;
    } catch (error) {
      return refusedWithin(context, info, error);
    }
  };
}

/** Throws it on. */
function refusedWithin(
  { tools, caller }: GraphQLContext,
  { parentType, fieldName }: GraphQLResolveInfo,
  error: unknown,
): never {
  recordRefusal(tools.security, caller, `${parentType.name}.${fieldName}`, error);
  throw error;
}

/** Mutations of one operation run one after the other: what one read, the next may have changed. */
function forgetful(work: Resolver): Resolver {
  return async (root, args, context, info): Promise<unknown> => {
    context.loaders.reset();
    return work(root, args, context, info);
  };
}
