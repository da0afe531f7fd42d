/** Opens the desk at which tests ask for PostgreSQL and Redis, and says at the end what had to be skipped. */
import type { TestProject } from "vitest/node";
import { openServiceDesk } from "./services/service-desk.js";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const desk = await openServiceDesk();
  project.provide("serviceDesk", desk.url);
  return async () => {
    const skipped = await desk.close();
    if (skipped.length === 0) return;
    console.warn(
      `\nSKIPPED ${skipped.length} suites for want of Redis (TEST_REDIS_URL, redis-server or Docker) or Chromium (CHROMIUM_PATH): ${skipped.join(", ")}\n`,
    );
  };
}
