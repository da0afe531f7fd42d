/** Makes an operation that goes wrong smaller, as long as it goes wrong. */
import type { GraphQLRequest } from "./operations.js";

const most = 150;

/** The smallest that was found; `stillWrong` sends it again. */
export async function shrink(
  request: GraphQLRequest,
  stillWrong: (smaller: GraphQLRequest) => Promise<boolean>,
): Promise<GraphQLRequest> {
  let smallest = request;
  let tries = 0;
  let isShrinking = true;
  while (isShrinking) {
    isShrinking = false;
    for (const candidate of smallerOnes(smallest)) {
      tries += 1;
      if (tries > most) return smallest;
      if (!(await stillWrong(candidate))) continue;
      smallest = candidate;
      isShrinking = true;
      break;
    }
  }
  return smallest;
}

function* smallerOnes(request: GraphQLRequest): Generator<GraphQLRequest> {
  for (const variables of withoutOne(request.variables)) {
    if (typeof variables === "object" && variables !== null) {
      yield { ...request, variables: variables as Record<string, unknown> };
    }
  }
}

/** The same value with one member, item or half of a text less. */
function* withoutOne(value: unknown): Generator {
  if (typeof value === "string" && value.length > 1) {
    yield value.slice(0, value.length >> 1);
    yield value.slice(value.length >> 1);
  }
  if (typeof value !== "object" || value === null) return;
  const plain: unknown = JSON.parse(JSON.stringify(value));
  if (typeof plain !== "object" || plain === null) return;
  for (const [name, member] of Object.entries(plain)) {
    yield Array.isArray(plain)
      ? plain.toSpliced(Number(name), 1)
      : Object.fromEntries(Object.entries(plain).filter(([other]) => other !== name));
    for (const smaller of withoutOne(member)) {
      yield Array.isArray(plain) ? plain.with(Number(name), smaller) : { ...plain, [name]: smaller };
    }
  }
}
