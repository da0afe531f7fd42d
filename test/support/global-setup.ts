/** Starts what every test needs once per run. */
export default function setup(): void {}
