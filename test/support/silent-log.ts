/** For what wants a log that nobody reads. */
import { openLog } from "../../src/platform/log.js";

export const silentLog = openLog({ logLevel: "silent", logFormat: "json" });
