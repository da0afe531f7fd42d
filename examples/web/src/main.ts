/** The page: a shop that shows what its flags say for whoever is looking. */
import { connect, type Evaluation, watch } from "./halyard.js";
import { visitors } from "./users.js";

interface Banner {
  readonly visible: boolean;
  readonly text?: string;
  readonly tone?: string;
}

const keyFromAddress = new URLSearchParams(location.search).get("key");
const clientKey = keyFromAddress ?? localStorage.getItem("halyard-key");

if (clientKey === null) askForKey("");
else start(clientKey);

function start(key: string): void {
  element("shop").hidden = false;
  const client = connect(key, (state) => {
    element("connection").textContent = state;
  });
  const user = element("user") as HTMLSelectElement;
  user.append(...visitors.map(({ label }, index) => new Option(label, String(index))));
  let stop = (): void => undefined;
  const show = (): void => {
    stop();
    const visitor = visitors[Number(user.value)] ?? visitors[0];
    if (visitor !== undefined) stop = watch(client, visitor.context, showFlags, askForKey);
  };
  user.addEventListener("change", show);
  show();
}

function showFlags(flags: ReadonlyMap<string, Evaluation>, changed: ReadonlySet<string>): void {
  const value = <T>(key: string, fallback: T): T => (flags.get(key)?.value as T | undefined) ?? fallback;
  document.documentElement.style.setProperty("--theme", value("theme", "#1f6feb"));
  element("limit").textContent = String(value("max-cart-items", 10));
  element("checkout").textContent = checkoutLabel(value("payments", false), value("new-checkout", false));
  const banner = value<Banner>("promo-banner", { visible: false });
  element("banner").hidden = !banner.visible;
  element("banner").textContent = banner.text ?? "";
  element("banner").className = banner.tone ?? "";
  element("flags").replaceChildren(...[...flags.values()].map((flag) => row(flag, changed.has(flag.key))));
}

function checkoutLabel(canPay: boolean, isNew: boolean): string {
  if (!canPay) return "Order on account";
  return isNew ? "Pay with one click" : "Go to checkout";
}

function row(flag: Evaluation, isChanged: boolean): HTMLTableRowElement {
  const line = document.createElement("tr");
  line.dataset["flag"] = flag.key;
  line.className = isChanged ? "changed" : "";
  for (const text of [flag.key, JSON.stringify(flag.value), flag.variant ?? "–", flag.reason]) {
    line.insertCell().textContent = text;
  }
  return line;
}

/** A refused key most likely: another may be given. */
function askForKey(failure: string): void {
  const form = element("key-form") as HTMLFormElement;
  form.hidden = false;
  element("shop").hidden = true;
  element("failure").textContent = failure;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    localStorage.setItem("halyard-key", (element("key") as HTMLInputElement).value.trim());
    location.assign(location.pathname);
  });
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}.`);
  return found;
}
