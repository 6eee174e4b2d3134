// Days and times: the strip keeps its place, the pressed time lights up, and changes elsewhere show by themselves.

import { htmx, one, say } from "./dom.js";
import { listen } from "./live.js";

/** Where the strip was scrolled to before the calendar was asked again. */
let scrolled = 0;
let asked = 0;
/** Changes come in flocks: the calendar is asked once for several, in milliseconds. */
const GATHER = 400;
/** What is older than this is asked for again when somebody comes back to the page, in milliseconds. */
const OLD = 15_000;
let shown = 0;

/** @param {HTMLElement} picker */
export function picker(picker) {
  shown = Date.now();
  const strip = one("[data-strip]", picker);
  const chosen = strip && one("[aria-current]", strip);
  if (strip && scrolled) strip.scrollLeft = scrolled;
  if (strip && chosen) reveal(strip, chosen);
  scrolled = 0;
  for (const row of picker.querySelectorAll(".chips")) {
    const chip = /** @type {HTMLElement | null} */ (row.querySelector("[aria-current]"));
    if (chip) reveal(/** @type {HTMLElement} */ (row), chip);
  }
  picker.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    target.closest(".time, .soonest")?.classList.add("pressed");
    const day = target.closest(".day");
    if (day) for (const each of picker.querySelectorAll(".day[aria-current]")) each.removeAttribute("aria-current");
    day?.setAttribute("aria-current", "date");
  });
}

/** Follows what happens elsewhere: told by the server, and asked for when somebody comes back. */
export function follow() {
  for (const name of ["slots", "catalogue", "reset"]) window.addEventListener(`okoshko:${name}`, refresh);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && one("[data-picker]") && Date.now() - shown > OLD) refresh();
  });
}

/** The business whose changes are heard, and how to stop. @type {{business: string, stop: () => void} | null} */
let heard = null;

/** Listens while a calendar is on the screen, and no longer. */
export function hear() {
  const business = one("[data-picker]")?.dataset.business ?? "";
  if (heard?.business === business) return;
  heard?.stop();
  heard = business ? { business, stop: listen(business, { kinds: "slots" }).stop } : null;
}

/** Asks the calendar again, unless somebody is just taking a time. */
export function refresh() {
  window.clearTimeout(asked);
  asked = window.setTimeout(async () => {
    const picker = one("[data-picker]");
    if (!picker || document.hidden || picker.classList.contains("htmx-request")) return;
    const before = picker.dataset.said;
    noteScroll();
    await htmx().ajax("GET", location.pathname + location.search, {
      source: document.body,
      target: "#picker",
      select: "#picker",
      swap: "outerHTML",
    });
    const after = one("[data-picker]")?.dataset.said;
    if (after && after !== before) say(after);
  }, GATHER);
}

/** Before the calendar is replaced. */
export function noteScroll() {
  scrolled = one("[data-strip]")?.scrollLeft ?? 0;
}

/** @param {HTMLElement} row @param {HTMLElement} item */
function reveal(row, item) {
  const [inner, outer] = [item.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.left < outer.left + 16 || inner.right > outer.right - 16) {
    row.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
}
