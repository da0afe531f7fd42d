/** The doorway of the bus. */
export type { Bus, BusStatus, Doorbell, Unsubscribe } from "./bus.js";
export type { BackOff, Budget, Limits } from "./limits.js";
export { openBus } from "./open-bus.js";
