/** The example page in a real browser: a flag is toggled through the API, and the page changes without a reload. */
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedDemo } from "../../src/cli/seed-demo.js";
import { cliCaller } from "../../src/features/permissions/index.js";
import { startServer, type TestServer } from "../support/server.js";
import { chromiumPath } from "../support/services.js";

const executablePath = await chromiumPath("the example page in Chromium");
const exampleFolder = fileURLToPath(new URL("../../examples/web/", import.meta.url));

describe.skipIf(executablePath === undefined)("the example page", () => {
  let server: TestServer;
  let vite: ViteDevServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await startServer();
    await seedDemo(server.app.tools, cliCaller("demo"));
    vite = await serveExample(server.url);
    const flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: [...flags, "--disable-component-update"],
    });
    page = await browser.newPage();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await vite.close();
    await server.close();
  });

  it("shows the visitor's flags, and a new value without a reload", async () => {
    const address = vite.resolvedUrls?.local[0] ?? "";
    await page.goto(`${address}?key=${server.key("CLIENT", "development")}`);
    await page.getByText("Pay with one click").waitFor();
    expect(await page.locator("#connection").textContent()).toBe("live");
    await page.evaluate("window.loadedOnce = true");

    await server.graphql('mutation { killFlag(input: { flagKey: "payments" }) { key } }');
    await page.getByText("Order on account").waitFor();
    expect(await page.locator('tr[data-flag="new-checkout"]').textContent()).toContain("PREREQUISITE_FAILED");
    expect(await page.evaluate("window.loadedOnce")).toBe(true);
  });

  it("shows another visitor's flags once another is chosen", async () => {
    await page.getByLabel("You are").selectOption({ index: 2 });
    await expect.poll(async () => page.locator("#limit").textContent()).toBe("200");
  });
});

async function serveExample(halyard: string): Promise<ViteDevServer> {
  const proxy = { "/graphql": { target: halyard, ws: true } };
  const vite = await createServer({
    root: exampleFolder,
    configFile: false,
    logLevel: "error",
    cacheDir: fileURLToPath(new URL("../../node_modules/.cache/vite-example", import.meta.url)),
    server: { port: 0, host: "127.0.0.1", proxy },
  });
  return vite.listen();
}
