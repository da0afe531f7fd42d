/** Where the tests keep what is dear to make, from one run to the next. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Of the repository. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

export const cacheFolder = join(root, "node_modules", ".cache", "halyard");
