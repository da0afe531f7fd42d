/** Doorway of the experiments room. */
export { PlanResolver } from "./plan.resolver.js";
