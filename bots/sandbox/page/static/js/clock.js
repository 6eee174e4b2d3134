// The clock between the phones: a window whose sky shows the hour, and buttons that move time on.

import { h, icon, s } from "./dom.js";
import { post } from "./net.js";
import { t } from "./page.js";
import { now, on, state } from "./store.js";
import { instant, local, shortDay, time, wall, weekday } from "./when.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** @param {HTMLElement} place */
export function drawClock(place) {
  const digits = h("time.digits");
  const date = h("span.clock-date");
  const shortDate = h("span.clock-short", { "aria-hidden": "true" });
  const note = h("span.clock-note");
  const trouble = h("p.trouble", { role: "alert" });
  const picture = skyWindow();
  const input = h("input", { type: "datetime-local", id: "clock-to", required: true });

  const move = async (body) => {
    trouble.textContent = "";
    try {
      await post("clock", body);
    } catch {
      trouble.textContent = t("sandbox.clock.trouble");
    }
  };
  const step = (label, seconds) =>
    h("button.step", { type: "button", onclick: () => move({ seconds }) }, label);
  const tomorrow = () => {
    const at = wall(now());
    return move({ to: instant(at.year, at.month, at.day + 1, 9, 0).toISOString() });
  };
  const form = h(
    "form.clock-form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        const [year, month, dayOfMonth, hour, minute] = input.value.split(/\D/).map(Number);
        void move({ to: instant(year, month, dayOfMonth, hour, minute).toISOString() });
      },
    },
    h("label", { for: "clock-to" }, t("sandbox.clock.to")),
    input,
    h("button.step", { type: "submit", "aria-label": t("sandbox.clock.go"), title: t("sandbox.clock.go") }, icon("forward")),
  );
  const choose = h(
    "button.step.step-choose",
    {
      type: "button",
      "aria-label": t("sandbox.clock.to"),
      "aria-expanded": "false",
      onclick: () => choose.setAttribute("aria-expanded", String(place.classList.toggle("choosing"))),
    },
    icon("calendar"),
  );
  place.append(
    h("div.clock-face", {}, picture, h("div.clock-text", {}, digits, date, shortDate, note)),
    h(
      "div.steps",
      { role: "group", "aria-label": t("sandbox.clock.move") },
      step(t("sandbox.clock.15m"), 15 * MINUTE),
      step(t("sandbox.clock.1h"), HOUR),
      step(t("sandbox.clock.3h"), 3 * HOUR),
      h("button.step.step-wide", { type: "button", onclick: tomorrow }, t("sandbox.clock.tomorrow")),
      choose,
    ),
    form,
    trouble,
  );

  const tick = () => {
    if (!state.clock) return;
    const at = now();
    digits.textContent = time(at);
    digits.dateTime = at.toISOString();
    date.textContent = weekday(at);
    shortDate.textContent = shortDay(at);
    note.textContent = ahead(state.clock.offset_seconds);
    place.dataset.part = part(wall(at).hour);
    const least = local(at);
    if (input.min !== least) {
      input.min = least;
      if (!input.value || input.value < least) input.value = least;
    }
  };
  on("all", tick);
  on("clock", () => {
    tick();
    place.classList.remove("moved");
    requestAnimationFrame(() => place.classList.add("moved"));
  });
  setInterval(tick, 1000);
}

function part(hour) {
  if (hour < 5 || hour >= 22) return "night";
  if (hour < 9) return "dawn";
  return hour < 17 ? "day" : "dusk";
}

function ahead(offset) {
  const minutes = Math.round(offset / MINUTE);
  if (minutes < 1) return t("sandbox.clock.real", { zone: state.clock.zone });
  const days = Math.floor(minutes / (24 * 60));
  const hours = Math.floor((minutes % (24 * 60)) / 60);
  const parts = [
    days ? t("sandbox.clock.days", { count: days }) : "",
    hours ? t("sandbox.clock.hours", { count: hours }) : "",
    minutes % 60 ? t("sandbox.clock.minutes", { count: minutes % 60 }) : "",
  ];
  return t("sandbox.clock.ahead", { time: parts.filter(Boolean).join(" ") });
}

function skyWindow() {
  const pane = (x, y, lit = false) => s("rect", { class: lit ? "pane lit" : "pane", x, y, width: 37, height: 37, rx: 5 });
  return s(
    "svg",
    { viewBox: "0 0 104 112", class: "sky-window", "aria-hidden": "true" },
    s("rect", { class: "frame", x: 6, y: 2, width: 92, height: 92, rx: 14 }),
    pane(12, 8),
    pane(55, 8, true),
    pane(12, 51),
    pane(55, 51),
    s("circle", { class: "sun", cx: 30, cy: 27, r: 8 }),
    s("path", { class: "curtain", d: "M57 10c6 9 3 22 0 33M90 10c-6 9-3 22 0 33" }),
    s(
      "g",
      { class: "cat" },
      s("path", { class: "cat-tail", d: "M82 87c7 0 8-6 5-10" }),
      s("path", { d: "M65 88.5c0-11 3-17 9-17s9 6 9 17z" }),
      s("path", { d: "M67.5 69v-9.5l5 3.5h3l5-3.5V69a6.5 6.5 0 0 1-13 0z" }),
      s("circle", { class: "cat-eye", cx: 71.4, cy: 68, r: 1.1 }),
      s("circle", { class: "cat-eye", cx: 76.6, cy: 68, r: 1.1 }),
    ),
    s("path", { class: "plant", d: "M22 88v-9h14v9zM29 79c0-8-6-9-8-9 1 6 4 8 8 9zM29 79c0-9 5-11 8-11 0 6-3 10-8 11z" }),
    s("rect", { class: "sill", x: 0, y: 90, width: 104, height: 9, rx: 4.5 }),
  );
}
