/** The doorway of the bus. */
export type { Bus, BusStatus, Doorbell, SharedStore, Unsubscribe } from "./bus.js";
export { openBus } from "./open-bus.js";
