/** Doorway of the environments room. */
export { createDefaultEnvironments, createEnvironment, type EnvironmentTools } from "./create-environment.js";
export type { Environment } from "./environment.js";
export { environmentByName, environmentsOfProject } from "./environment.loaders.js";
export { environmentsOf, findEnvironment } from "./environment.queries.js";
export {
  ApiKeyEnvironmentResolver,
  EnvironmentResolver,
  ProjectEnvironmentsResolver,
} from "./environment.resolver.js";
export { removeEnvironments } from "./environment.store.js";
export { EnvironmentType } from "./environment.types.js";
