/** What a start tells the operator: where the server is, and, the first time, what opens it. */
import pc from "picocolors";
import { type FirstStart, type Tell, welcomeFlag } from "./first-start.js";
import { print } from "./print.js";

/** The lines of every start. `isAlone`: PostgreSQL is away. */
export function addressLines(address: string, sandbox: boolean, isAlone = false): string[] {
  const lines = [
    "",
    isAlone ? `  ${pc.bold("Halyard")} waits for PostgreSQL.` : `  ${pc.bold("Halyard")} is ready.`,
    "",
    `  GraphQL         ${address}/graphql`,
    `  Subscriptions   ${address.replace(/^http/, "ws")}/graphql`,
    `  OpenFeature     ${address}/ofrep/v1/evaluate/flags`,
    `  Health          ${address}/health`,
  ];
  if (sandbox) lines.push(`  Apollo Sandbox  open ${address}/graphql in a browser`);
  return [...lines, ""];
}

/** Prints what the first start makes, as it is made. */
export function createSecretPrinter(): Tell {
  let isFirst = true;
  return (made, isSure) => {
    print(...(isFirst ? heading : []), ...secretLines(made), ...(isSure ? [] : doubt));
    isFirst = false;
  };
}

const heading = ["", pc.bold("  This was the first start. Keep what follows; it is not shown again."), ""];

const doubt = [
  "",
  "  The database went away before it said whether it kept these. If they do not work, the next start shows others.",
  "",
];

function secretLines({ admin, keys }: FirstStart): string[] {
  const lines: string[] = [];
  if (admin !== null) {
    lines.push(`  Administrator   ${admin.email}`);
    lines.push(`  Password        ${admin.password ?? "as set by ADMIN_PASSWORD"}`, "");
  }
  for (const { kind, environment, secret } of keys) {
    lines.push(`  ${kind.padEnd(10)}  ${(environment ?? "whole server").padEnd(12)}  ${secret}`);
  }
  return lines;
}

/** What to do with them. In production there is no flag to ask for and no key to manage with: there is a way to sign in. */
export function tipLines({ keys }: FirstStart, address: string): string[] {
  const management = keys.find(({ kind }) => kind === "MANAGEMENT");
  if (management === undefined) return [...loginLines];
  return ["", ...sandboxLines(management.secret), ...curlLines(keys, address)];
}

const loginLines = [
  "",
  "  The mutation `login` gives the administrator a token for ten minutes, and `createApiKey` a key that stays.",
  "",
];

function sandboxLines(secret: string): string[] {
  return [
    "  In Apollo Sandbox, put this in the place of the header that waits there (an administrator's key, for 30 days):",
    "",
    `Authorization: Bearer ${secret}`,
    "",
  ];
}

function curlLines(keys: FirstStart["keys"], address: string): string[] {
  const client = keys.find(({ kind, environment }) => kind === "CLIENT" && environment === "development");
  if (client === undefined) return [];
  const query = `{ evaluate(flagKey: "${welcomeFlag}", context: { targetingKey: "user-1" }) { key value variant reason } }`;
  return [
    "  Ask it something:",
    "",
    `curl ${address}/graphql -H 'content-type: application/json' \\`,
    `  -H 'authorization: Bearer ${client.secret}' \\`,
    `  -d '${JSON.stringify({ query })}'`,
    "",
  ];
}
