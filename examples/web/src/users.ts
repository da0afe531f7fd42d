/** The shop's visitors: whoever is chosen is the evaluation context. */

export interface Visitor {
  readonly label: string;
  readonly context: { readonly targetingKey: string; readonly attributes: Record<string, unknown> };
}

export const visitors: readonly Visitor[] = [
  {
    label: "alice, who works here",
    context: { targetingKey: "alice", attributes: { email: "alice@shop.example.com", plan: "free" } },
  },
  {
    label: "bob, on the free plan",
    context: { targetingKey: "bob", attributes: { email: "bob@example.com", plan: "free", country: "DE" } },
  },
  {
    label: "user-1, a business customer who likes it dark",
    context: {
      targetingKey: "user-1",
      attributes: { email: "user-1@example.com", plan: "business", prefersDark: true },
    },
  },
];
