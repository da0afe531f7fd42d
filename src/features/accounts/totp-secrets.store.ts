/** Where the secrets of authenticator apps are stored, for a rotation of keys. */
import { secretColumn } from "../../platform/database/index.js";
import { users } from "./account.table.js";
import { totpPurpose } from "./two-factor.js";

export const totpSecrets = secretColumn(users.id, users.totpSecret, totpPurpose);
