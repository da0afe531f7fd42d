/** What a start tells the operator: where the server is, and, the first time, what opens it. */
import pc from "picocolors";
import { type FirstStart, welcomeFlag } from "./first-start.js";

/** The lines of every start. */
export function addressLines(address: string, sandbox: boolean): string[] {
  const lines = [
    "",
    `  ${pc.bold("Halyard")} is ready.`,
    "",
    `  GraphQL         ${address}/graphql`,
    `  Subscriptions   ${address.replace(/^http/, "ws")}/graphql`,
    `  OpenFeature     ${address}/ofrep/v1/evaluate/flags`,
    `  Health          ${address}/health`,
  ];
  if (sandbox) lines.push(`  Apollo Sandbox  open ${address}/graphql in a browser`);
  return [...lines, ""];
}

/** What the first start made, shown once. In production there is no flag to ask for and no key to manage with: there is a way to sign in. */
export function firstStartLines({ admin, keys }: FirstStart, address: string): string[] {
  const lines: string[] = [
    pc.bold("  This was the first start. Keep what follows; it is not shown again."),
    "",
  ];
  if (admin !== null) {
    lines.push(`  Administrator   ${admin.email}`);
    lines.push(`  Password        ${admin.password ?? "as set by ADMIN_PASSWORD"}`, "");
  }
  for (const { kind, environment, secret } of keys) {
    lines.push(`  ${kind.padEnd(10)}  ${(environment ?? "whole server").padEnd(12)}  ${secret}`);
  }
  const management = keys.find(({ kind }) => kind === "MANAGEMENT");
  if (management === undefined) return [...lines, ...loginLines];
  return [...lines, "", ...sandboxLines(management.secret), ...curlLines(keys, address)];
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
