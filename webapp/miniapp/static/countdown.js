// The quiet countdown of a held time. Said aloud only when it is nearly over, and when it is.

import { all, one, say } from "./dom.js";

const SOON = 45;
/** When each one ends, by the page's own clock: the server's and the phone's may differ. @type {WeakMap<HTMLElement, number>} */
const ends = new WeakMap();
let running = 0;

/** Begins for every countdown that is new on the page. */
export function countdown() {
  for (const each of all("[data-left]")) {
    if (!ends.has(each)) ends.set(each, performance.now() + Number(each.dataset.left) * 1000);
  }
  window.clearInterval(running);
  running = window.setInterval(tick, 1000);
  tick();
}

function tick() {
  const shown = all("[data-left]");
  if (!shown.length) window.clearInterval(running);
  for (const each of shown) {
    const left = Math.ceil(((ends.get(each) ?? 0) - performance.now()) / 1000);
    const text = one("[data-text]", each);
    const clock = one("[data-clock]", each);
    if (left <= 0 && text) {
      text.textContent = each.dataset.over ?? "";
      each.classList.add("over");
      each.removeAttribute("data-left");
      say(each.dataset.over ?? "");
    } else if (clock) {
      clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (left === SOON) say(each.dataset.soon ?? "");
    }
  }
}
