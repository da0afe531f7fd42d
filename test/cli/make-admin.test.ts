/** `halyard make-admin` for who lost their password, and for who lost their phone as well. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { App } from "../../src/app.js";
import { beginTwoFactor } from "../../src/features/accounts/begin-two-factor.js";
import { confirmTwoFactor } from "../../src/features/accounts/confirm-two-factor.js";
import { authenticate, makeAdmin as createFirst } from "../../src/features/accounts/index.js";
import { login } from "../../src/features/accounts/login.js";
import { cliCaller } from "../../src/features/permissions/index.js";
import { withApp } from "../../src/cli/with-app.js";
import { codeAt } from "../support/authenticator.js";
import { runHalyard } from "../support/server-process.js";
import { anonymousCaller, callerOf } from "../support/tools.js";

let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-make-admin-"));
  env = { NODE_ENV: "test", DATA_DIR: folder };
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const email = "alice@example.com";

async function makeAdmin(
  ...options: string[]
): Promise<{ readonly output: string; readonly password: string }> {
  const { code, output } = await runHalyard(["make-admin", email, ...options], env);
  expect([code, output]).toEqual([0, output]);
  return { output, password: /^Password: (\S{20,})$/m.exec(output)?.[1] ?? "" };
}

const signIn = async ({ tools }: App, password: string, otp?: string) =>
  login(tools, anonymousCaller(), { email, password, otp });

it("keeps the second factor unless it is told to reset it, and says so", async () => {
  const secret = await withApp(env, async (app) => {
    const cli = cliCaller("make-admin");
    await createFirst(app.tools, cli, { email, password: "correct horse battery" });
    const { accessToken } = await signIn(app, "correct horse battery");
    const caller = callerOf(await authenticate(app.tools, accessToken));
    const begun = await beginTwoFactor(app.tools, caller, { password: "correct horse battery" });
    await confirmTwoFactor(app.tools, caller, { code: codeAt(begun.secret, app.tools.now()) });
    return begun.secret;
  });

  const kept = await makeAdmin();
  expect(kept.output).toContain("asks for its second factor too; add --reset-two-factor");
  await withApp(env, async (app) => {
    await expect(signIn(app, kept.password)).rejects.toMatchObject({ code: "TWO_FACTOR_REQUIRED" });
    const otp = codeAt(secret, app.tools.now() + 30_000);
    await expect(signIn(app, kept.password, otp)).resolves.toMatchObject({ user: { role: "ADMIN" } });
  });

  const reset = await makeAdmin("--reset-two-factor");
  expect(reset.output).toContain("The second factor is off");
  await withApp(env, async (app) => {
    const { user } = await signIn(app, reset.password);
    expect(user).toMatchObject({ role: "ADMIN", twoFactorEnabled: false });
  });
}, 120_000);
