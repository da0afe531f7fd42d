/** A process that holds a folder until it is killed: `lock-holder.ts name|file FOLDER`. */
import { lockFolder } from "../../../src/platform/database/folder-lock.js";
import { lockByFile } from "../../../src/platform/database/lock-file.js";

const [way, folder = ""] = process.argv.slice(2);
const unlock = way === "file" ? await lockByFile(folder) : await lockFolder(folder);
process.stdout.write(unlock === undefined ? "refused\n" : "held\n");
setInterval(() => {}, 60_000);
