/** Refuses subscriptions whose field may be left out: graphql-js would fail on one that is to nothing. */
import { GraphQLError, Kind, type SelectionNode, type ValidationContext, type ValidationRule } from "graphql";

/** The root of a subscription carries neither `@skip` nor `@include` (GraphQL specification of 2025, 5.2.4.1). */
export const certainSubscriptions: ValidationRule = (context) => ({
  OperationDefinition: ({ operation, selectionSet }) => {
    if (operation !== "subscription") return false;
    const conditional = rootSelections(context, selectionSet.selections).find(isConditional);
    if (conditional !== undefined) {
      const message = "The field of a subscription must carry neither @skip nor @include.";
      context.reportError(new GraphQLError(message, { nodes: conditional }));
    }
    return false;
  },
});

/** With what stands in fragments, each of which is entered once. */
function rootSelections(
  context: ValidationContext,
  selections: readonly SelectionNode[],
  entered = new Set<string>(),
): readonly SelectionNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return [selection, ...rootSelections(context, selection.selectionSet.selections, entered)];
    }
    const name = selection.name.value;
    const inside = context.getFragment(name)?.selectionSet.selections ?? [];
    if (entered.has(name)) return [selection];
    entered.add(name);
    return [selection, ...rootSelections(context, inside, entered)];
  });
}

function isConditional({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name }) => name.value === "skip" || name.value === "include");
}
