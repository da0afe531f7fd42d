/** Doorway of the projects room. */
export { createProject, type ProjectTools } from "./create-project.js";
export {
  describeHolder,
  type FlagAsker,
  type FlagHolder,
  type HolderPlace,
  type HolderTools,
  refuseHeld,
} from "./flag-holders.js";
export { findRepeatedProject } from "./find-repeated-project.js";
export { checkFlagKey, defaultProjectKey, type Project } from "./project.js";
export { type NameInProject, perProject } from "./per-project.js";
export { projectByKey } from "./project.loaders.js";
export { findProject, holdProject, listProjects, lockProject } from "./project.queries.js";
export { ApiKeyProjectResolver, ProjectResolver, ProjectRoleProjectResolver } from "./project.resolver.js";
export { ProjectType } from "./project.types.js";
