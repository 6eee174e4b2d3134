// What is chosen on a business's page: its sum in the bar below, and the search above.

import { all, one } from "./dom.js";

/** @param {HTMLFormElement} form  the list of services */
export function cart(form) {
  const count = () => sum(form);
  form.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.name === "s" && input.checked) apart(form, input);
    count();
  });
  form.addEventListener("submit", (event) => {
    if (!chosen(form).length) event.preventDefault();
  });
  search(form);
  count();
}

/** A group has its own hours: it is booked alone. @param {HTMLFormElement} form @param {HTMLInputElement} input */
function apart(form, input) {
  for (const other of chosen(form)) {
    if (other !== input && ("group" in other.dataset || "group" in input.dataset)) other.checked = false;
  }
}

/** @param {HTMLFormElement} form @returns {HTMLInputElement[]} */
const chosen = (form) => /** @type {HTMLInputElement[]} */ (all('input[name="s"]:checked', form));

/** @param {HTMLFormElement} form */
function sum(form) {
  const services = chosen(form);
  const bar = one("[data-dock]", form);
  const place = one("[data-sum]", form);
  if (!bar || !place) return;
  for (const extra of all('input[name="a"]', form)) {
    const owner = extra.closest(".service")?.querySelector('input[name="s"]');
    // What isn't shown isn't sent.
    /** @type {HTMLInputElement} */ (extra).disabled = !(/** @type {HTMLInputElement} */ (owner).checked);
  }
  const lines = [...services, ...all('input[name="a"]:checked:enabled', form)];
  const total = (/** @type {string} */ name) => lines.reduce((before, line) => before + Number(line.dataset[name]), 0);
  bar.hidden = !services.length;
  place.replaceChildren();
  if (!services.length) return;
  const between = document.createElement("span");
  between.className = "unseen";
  between.textContent = " · ";
  const price = document.createElement("b");
  price.textContent = money(total("price"), services.some((line) => "about" in line.dataset), form, place);
  place.append(`${counted(services.length, place)} · ${time(total("minutes"), place)}`, between, price);
}

/** «2 услуги» @param {number} number @param {HTMLElement} words */
function counted(number, words) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(number);
  const text = form === "one" ? words.dataset.one : form === "few" ? words.dataset.few : words.dataset.many;
  return (text ?? "").replace(/\d+/, String(number));
}

/** «2 ч 30 мин» @param {number} minutes @param {HTMLElement} words */
function time(minutes, words) {
  const [hours, rest] = minutes <= 90 ? [0, minutes] : [Math.floor(minutes / 60), minutes % 60];
  const said = [];
  if (hours) said.push((words.dataset.hours ?? "").replace("#", String(hours)));
  if (rest || !hours) said.push((words.dataset.minutes ?? "").replace("#", String(rest)));
  return said.join(" ");
}

/** «от 3 700 ₽» @param {number} minor @param {boolean} about @param {HTMLFormElement} form @param {HTMLElement} words */
function money(minor, about, form, words) {
  const { currency = "RUB", locale } = form.dataset;
  const style = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  const digits = style.resolvedOptions().maximumFractionDigits ?? 2;
  const amount = minor / 10 ** digits;
  const whole = Number.isInteger(amount) ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
  const said = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol", ...whole }).format(amount);
  return about ? (words.dataset.from ?? "#").replace("#", said) : said;
}

/** Shows the services that have all the words typed. @param {HTMLFormElement} form */
function search(form) {
  const box = one("[data-search]", form);
  const field = /** @type {HTMLInputElement | null} */ (one("#find", form));
  const none = one("[data-none]", form);
  if (!box || !field || !none) return;
  box.hidden = false;
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const line of all(".service", form)) {
      const text = plain(line.dataset.find ?? "");
      line.hidden = !words.every((word) => text.includes(word));
      if (!line.hidden) found += 1;
    }
    for (const group of all(".group", form)) group.hidden = !group.querySelector(".service:not([hidden])");
    none.hidden = found > 0;
  });
}

/** @param {string} text */
const plain = (text) => text.toLowerCase().replaceAll("ё", "е");
