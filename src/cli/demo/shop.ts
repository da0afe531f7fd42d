/** The demo: the flags of a small web shop, one of each kind, so that a newcomer has something to turn. Pure data. */
import type { CreateFlag } from "../../features/flags/index.js";
import type { CreateSegment } from "../../features/segments/index.js";

const everywhere = ["development", "staging", "production"] as const;

export const shopSegments: readonly CreateSegment[] = [
  {
    key: "internal-users",
    name: "Internal users",
    description: "People who work for the shop: they see everything first.",
    included: ["alice"],
    when: { attribute: "email", operator: "ENDS_WITH", values: ["@shop.example.com"] },
  },
];

/** The flags, in an order in which each refers only to those before it. `now` is epoch milliseconds. */
export function shopFlags(now: number): readonly CreateFlag[] {
  return [payments, newCheckout, theme, maxCartItems, promoBanner(now)];
}

const payments: CreateFlag = {
  key: "payments",
  name: "Payments",
  type: "BOOLEAN",
  kind: "KILL_SWITCH",
  description: "Kill it when the payment provider is down: the shop then takes orders on account.",
  tags: ["checkout", "operations"],
  environments: everywhere.map((environment) => ({ environment, enabled: true })),
};

const newCheckout: CreateFlag = {
  key: "new-checkout",
  name: "New checkout",
  type: "BOOLEAN",
  kind: "RELEASE",
  description: "The checkout on one page. Internal users have it, then a growing share of everybody.",
  tags: ["checkout"],
  environments: everywhere.map((environment) => ({
    environment,
    enabled: true,
    prerequisites: [{ flagKey: "payments", variants: ["on"] }],
    rules: [
      {
        id: "internal",
        name: "Internal users first",
        when: { segment: "internal-users" },
        serve: { variant: "on" },
      },
    ],
    fallthrough: {
      split: [
        { variant: "on", percent: 25 },
        { variant: "off", percent: 75 },
      ],
    },
  })),
};

const theme: CreateFlag = {
  key: "theme",
  name: "Colour theme",
  type: "STRING",
  kind: "EXPERIMENT",
  description: "How the shop looks.",
  tags: ["design"],
  variants: [
    { key: "classic", value: "#1f6feb", description: "The blue everybody knows." },
    { key: "midnight", value: "#22223b", description: "Dark and calm." },
    { key: "spring", value: "#2d936c", description: "Green." },
  ],
  environments: everywhere.map((environment) => ({
    environment,
    enabled: true,
    offVariant: "classic",
    rules: [
      {
        id: "night",
        name: "Whoever asked for dark",
        when: { attribute: "prefersDark", operator: "EQUALS", values: [true] },
        serve: { variant: "midnight" },
      },
    ],
    fallthrough: {
      split: [
        { variant: "classic", percent: 50 },
        { variant: "spring", percent: 50 },
      ],
    },
  })),
};

const maxCartItems: CreateFlag = {
  key: "max-cart-items",
  name: "Most items in a cart",
  type: "NUMBER",
  kind: "CONFIG",
  tags: ["checkout", "limits"],
  valueSchema: { type: "integer", minimum: 1, maximum: 1_000 },
  variants: [
    { key: "standard", value: 20 },
    { key: "business", value: 200 },
  ],
  environments: everywhere.map((environment) => ({
    environment,
    enabled: true,
    offVariant: "standard",
    rules: [
      {
        id: "business",
        name: "Business customers",
        when: { attribute: "plan", operator: "IN", values: ["business", "enterprise"] },
        serve: { variant: "business" },
      },
    ],
    fallthrough: { variant: "standard" },
  })),
};

const twoMinutes = 120_000; // ms
const thirtyDays = 2_592_000_000; // ms

/** Its rule starts two minutes after the demo was made, so that a watcher sees a value change by the clock alone. */
function promoBanner(now: number): CreateFlag {
  return {
    key: "promo-banner",
    name: "Promotion banner",
    type: "JSON",
    kind: "CONFIG",
    tags: ["marketing"],
    valueSchema: {
      type: "object",
      properties: {
        text: { type: "string" },
        tone: { enum: ["calm", "loud"] },
        visible: { type: "boolean" },
      },
      required: ["visible"],
      additionalProperties: false,
    },
    variants: [
      { key: "hidden", value: { visible: false } },
      { key: "delivery", value: { visible: true, text: "Free delivery from 30 €", tone: "calm" } },
      { key: "sale", value: { visible: true, text: "Autumn sale: up to 40 % off", tone: "loud" } },
    ],
    environments: everywhere.map((environment) => ({
      environment,
      enabled: true,
      offVariant: "hidden",
      rules: [
        {
          id: "sale",
          name: "The sale",
          serve: { variant: "sale" },
          startsAt: new Date(now + twoMinutes).toISOString(),
          endsAt: new Date(now + thirtyDays).toISOString(),
        },
      ],
      fallthrough: { variant: "delivery" },
    })),
  };
}
