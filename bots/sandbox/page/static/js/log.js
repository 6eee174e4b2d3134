// The drawer with the log of API calls.

import { h, icon } from "./dom.js";
import { recall, remember, t } from "./page.js";
import { on, state } from "./store.js";
import { seconds } from "./when.js";

const SHOWN = 200;

/** @param {HTMLElement} place */
export function drawLog(place) {
  const count = h("span.drawer-count");
  const latest = h("span.drawer-latest");
  const filter = h("input.search", {
    type: "search",
    "aria-label": t("sandbox.log.filter"),
    placeholder: t("sandbox.log.filter"),
    autocomplete: "off",
  });
  const list = h("ol.calls", { reversed: true });
  const body = h("div.drawer-body", { id: "drawer-body" }, h("div.drawer-tools", {}, filter), list);
  const handle = h(
    "button.drawer-handle",
    { type: "button", "aria-controls": "drawer-body", onclick: () => open(body.hidden) },
    icon("chevron"),
    h("span.drawer-title", {}, t("sandbox.log")),
    count,
    latest,
  );
  place.append(handle, body);

  const fits = (call) => `${call.method} ${call.bot} ${call.status}`.toLowerCase().includes(filter.value.trim().toLowerCase());
  const drawTop = () => {
    count.textContent = String(state.calls.length);
    const last = state.calls.at(-1);
    latest.textContent = last ? `${last.method} · ${last.status || "—"}` : "";
  };
  const drawAll = () => {
    drawTop();
    if (body.hidden) return;
    const found = state.calls.filter(fits).slice(-SHOWN).reverse();
    list.replaceChildren(...(found.length ? found.map(line) : [h("li.empty", {}, t("sandbox.log.none"))]));
  };
  const open = (wanted) => {
    body.hidden = !wanted;
    handle.setAttribute("aria-expanded", String(wanted));
    place.classList.toggle("open", wanted);
    remember("log", wanted ? "open" : "");
    drawAll();
  };
  filter.addEventListener("input", drawAll);
  on("all", drawAll);
  on("call", ({ call }) => {
    drawTop();
    if (body.hidden || !fits(call)) return;
    list.querySelector(".empty")?.remove();
    list.prepend(line(call));
    while (list.children.length > SHOWN) list.lastElementChild.remove();
  });
  open(recall("log") === "open");
}

function line(call) {
  const good = call.status >= 200 && call.status < 300;
  const details = h(
    "details.call",
    {},
    h(
      "summary",
      {},
      h("time.call-time", { datetime: call.at }, seconds(new Date(call.at))),
      h("span.call-way", { title: t(`sandbox.log.${call.direction}`) }, call.direction === "update" ? "→" : "←"),
      h("span.call-method", {}, call.method),
      h("span.call-bot", {}, call.bot ? `@${call.bot}` : ""),
      h(`span.call-status${good ? "" : ".bad"}`, {}, call.status || "—"),
      h("span.call-ms", {}, t("sandbox.log.ms", { count: Math.max(1, Math.round(call.ms)) })),
    ),
  );
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    details.append(
      h(
        "div.call-body",
        {},
        part(t("sandbox.log.token"), call.token),
        part(t(call.direction === "update" ? "sandbox.log.update" : "sandbox.log.params"), call.params),
        part(t("sandbox.log.answer"), call.answer),
      ),
    );
  });
  return h("li", {}, details);
}

function part(title, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return h("div.call-part", {}, h("h3", {}, title), h("pre", { tabindex: "0" }, text));
}
