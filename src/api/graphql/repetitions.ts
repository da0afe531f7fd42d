/** Mutations that carry an idempotency key: what was done already is answered, and not done again. */
import { type GraphQLFieldResolver, type GraphQLResolveInfo, getNullableType } from "graphql";
import {
  findRepetition,
  fingerprintsOf,
  type NamingInput,
  readIdempotencyKey,
} from "../../features/ledger/index.js";
import type { IdempotencyClaim } from "../../features/permissions/index.js";
import { Mistakes } from "../../platform/input.js";
import type { GraphQLContext } from "./context.js";
import { repeatedAnswers } from "./repeated-answers.js";

type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

/**
 * Permissions count on a repetition too, as they are now. What else the world objects to by now (it is gone, it was changed) does not: the
 * change was made.
 */
export function repeatable(work: Resolver): Resolver {
  return async (root, args, context, info): Promise<unknown> => {
    const input = inputOf(args as Arguments);
    const claim = claimOf(context, info.fieldName, input);
    if (claim === null) return work(root, args, context, info);
    const claiming = { ...context, caller: { ...context.caller, claim } };
    try {
      return await work(root, args, claiming, info);
    } catch (error) {
      const repetition = await findRepetition(context.tools, claiming.caller, input, error);
      if (repetition === null) throw error;
      return answerOf(info)(context, repetition);
    }
  };
}

interface Arguments {
  readonly input?: Input;
}

type Input = NamingInput & { readonly idempotencyKey?: unknown };

function inputOf({ input = {} }: Arguments): Input {
  return input;
}

/** Null without a key. Throws BAD_USER_INPUT. */
function claimOf(
  { tools }: GraphQLContext,
  operation: string,
  { idempotencyKey, ...input }: Input,
): IdempotencyClaim | null {
  if (idempotencyKey === undefined || idempotencyKey === null) return null;
  const mistakes = new Mistakes();
  const key = readIdempotencyKey("input.idempotencyKey", idempotencyKey, mistakes);
  mistakes.throwIfAny();
  return { key, operation, fingerprints: fingerprintsOf(input, tools.secretKeys) };
}

function answerOf({ returnType }: GraphQLResolveInfo): (typeof repeatedAnswers)[string] {
  const type = String(getNullableType(returnType));
  const answer = repeatedAnswers[type];
  if (answer === undefined) throw new Error(`Nothing says how a repeated mutation answers with ${type}.`);
  return answer;
}
