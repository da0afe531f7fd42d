/** Doorway of the environments room. */
export type { ProofSecret } from "./context-proof.js";
export { type EnvironmentProofs, proofsOf } from "./context-proof.queries.js";
export { contextProofSecrets } from "./context-proof.store.js";
export { createDefaultEnvironments, createEnvironment, type EnvironmentTools } from "./create-environment.js";
export type { Environment } from "./environment.js";
export { environmentByName, environmentsOfProject } from "./environment.loaders.js";
export { environmentRows } from "./environment-rows.store.js";
export { findRepeatedEnvironment } from "./find-repeated-environment.js";
export { environmentsOf, findEnvironment } from "./environment.queries.js";
export {
  ApiKeyEnvironmentResolver,
  EnvironmentResolver,
  ProjectEnvironmentsResolver,
} from "./environment.resolver.js";
export { removeEnvironments } from "./environment.store.js";
export { EnvironmentType } from "./environment.types.js";
