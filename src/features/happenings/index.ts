/** Doorway of the room of happenings: what a server did or noticed by itself, kept to be passed on. */
export type { Happening, NewHappening } from "./happening.js";
export { addHappenings, deleteHappenings, listHappeningsAfter } from "./happening.store.js";
