/** Doorway of the accounts room. */
export type { ApiKey, CreatedApiKey } from "./api-key.js";
export { ApiKeyResolver } from "./api-key.resolver.js";
export { ApiKeyType } from "./api-key.types.js";
export { authenticate, type AuthenticationTools } from "./authenticate.js";
export { createApiKey } from "./create-api-key.js";
export type { Directory } from "./directory.js";
export { hasNoUsers, makeAdmin } from "./make-admin.js";
export { recognise } from "./recognise.js";
export { resetPassword } from "./reset-password.js";
export { SessionResolver } from "./session.resolver.js";
export { type AccountOptions, type AccountTools, createAccounts } from "./tools.js";
export type { ProjectRole, User } from "./user.js";
export { userById } from "./user.loaders.js";
export { UserResolver } from "./user.resolver.js";
export { findUserByEmail } from "./user.store.js";
export { ProjectRoleType, UserType } from "./user.types.js";
