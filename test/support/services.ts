/** Asks the service desk (global-setup.ts) for a real server. */
import { existsSync } from "node:fs";
import { inject } from "vitest";
import type { ServiceAnswers } from "./services/service-desk.js";

declare module "vitest" {
  interface ProvidedContext {
    readonly serviceDesk: string;
  }
}

/** Starts the service if nobody has asked for it yet. */
export async function service<Name extends keyof ServiceAnswers>(name: Name): Promise<ServiceAnswers[Name]> {
  return (await ask(`/${name}`)) as ServiceAnswers[Name];
}

/**
 * Address of a Redis database of this worker's own, or undefined where there is no Redis; then `suite` is counted as
 * skipped, which fails under REQUIRE_SERVICES=1.
 */
export async function redisUrl(suite: string): Promise<string | undefined> {
  const redis = await service("redis");
  if (redis === null) {
    await ask(`/skipped/${encodeURIComponent(suite)}`);
    return undefined;
  }
  const url = new URL(redis.url);
  url.pathname = `/${process.env["VITEST_POOL_ID"] ?? "0"}`;
  return url.href;
}

/** Path of a Chromium, or undefined where there is none; then `suite` is counted as skipped, which fails under REQUIRE_SERVICES=1. */
export async function chromiumPath(suite: string): Promise<string | undefined> {
  const path = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
  if (existsSync(path)) return path;
  if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(`There is no Chromium at ${path}.`);
  await ask(`/skipped/${encodeURIComponent(suite)}`);
  return undefined;
}

async function ask(path: string): Promise<unknown> {
  const response = await fetch(inject("serviceDesk") + path);
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return JSON.parse(answer);
}
