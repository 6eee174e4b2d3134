// The forms: a phone number takes shape as it is typed, and what was typed survives reload and back.

import { all, one } from "./dom.js";
import { keep as keepForTab, recall } from "./host/kept.js";

const KEY = "typed.";
const FIELDS = ["name", "phone", "comment"];

/** @param {HTMLFormElement} form */
export function form(form) {
  restore(form);
  form.addEventListener("input", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.dataset.phone) shape(field);
    if (field.getAttribute("aria-invalid")) calm(field);
    remember(form);
  });
  form.addEventListener("change", (event) => calm(/** @type {HTMLInputElement} */ (event.target)));
  for (const field of all("[data-phone]", form)) shape(/** @type {HTMLInputElement} */ (field));
  const faulty = one("[aria-invalid]", form);
  if (faulty) faulty.focus();
  remember(form);
}

/** What is kept for this tab of the forms of a business. @param {string} business @returns {Record<string, string>} */
export const typed = (business) => recall(KEY + business) ?? {};

/** The comment was for that visit alone. @param {string} business */
export function forgetComment(business) {
  keepForTab(KEY + business, { ...typed(business), comment: "" });
}

/** A number that the host gave. @param {HTMLInputElement} field @param {string} phone */
export function fill(field, phone) {
  field.value = phone;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {HTMLFormElement} form */
function restore(form) {
  const kept = typed(form.dataset.keep ?? "");
  for (const name of FIELDS) {
    const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
    if (field && kept[name] && (!field.value || field.type !== "hidden")) {
      // What the server has shown as wrong stands as it was sent.
      if (!field.getAttribute("aria-invalid")) field.value = kept[name];
    }
  }
}

/** @param {HTMLFormElement} form */
function remember(form) {
  const business = form.dataset.keep ?? "";
  const kept = typed(business);
  for (const name of FIELDS) {
    const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
    if (field && (field.value || field.type !== "hidden")) kept[name] = field.value;
  }
  keepForTab(KEY + business, kept);
}

/** The word beside a field goes when it is mended. @param {HTMLInputElement} field */
function calm(field) {
  if (!field.getAttribute("aria-invalid")) return;
  field.removeAttribute("aria-invalid");
  const id = (field.getAttribute("aria-describedby") ?? "").split(" ").find((each) => each.endsWith("-fault"));
  const said = id && document.getElementById(id);
  if (said) said.textContent = "";
}

/** Groups the digits; the caret stays behind the same digit. @param {HTMLInputElement} field */
function shape(field) {
  const caret = field.selectionStart ?? field.value.length;
  const before = digits(field.value.slice(0, caret)).length;
  const atEnd = caret >= field.value.length;
  const shaped = phone(field.value, field.dataset.phone ?? "");
  if (shaped === field.value) return;
  const added = digits(shaped).length - digits(field.value).length;
  field.value = shaped;
  if (document.activeElement !== field) return;
  const at = atEnd ? shaped.length : behind(shaped, before + Math.max(0, added));
  field.setSelectionRange(at, at);
}

/** @param {string} text */
const digits = (text) => text.replace(/\D/g, "");

/** The place behind the nth digit. @param {string} text @param {number} count */
function behind(text, count) {
  let seen = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (seen === count) return at;
    if (/\d/.test(text[at])) seen += 1;
  }
  return text.length;
}

/**
 * «+7 900 123-45-67» of a Russian number in any spelling; of other countries' what was typed, without letters.
 * The server reads any form: this is for the eye alone.
 * @param {string} typed @param {string} region
 */
export function phone(typed, region) {
  const text = typed.replace(/[^\d+()\s./-]/g, "");
  let found = digits(text);
  const foreign = text.trim().startsWith("+") && !found.startsWith("7");
  if (region !== "RU" || foreign || !found) return text;
  if (!text.trim().startsWith("+")) {
    if (found.startsWith("8") && found.length > 1) found = `7${found.slice(1)}`;
    else if (found.startsWith("9") && found.length <= 10) found = `7${found}`;
    else if (!found.startsWith("7")) return text;
  }
  if (found.length > 11) return text;
  const parts = [found.slice(1, 4), found.slice(4, 7), found.slice(7, 9), found.slice(9, 11)].filter(Boolean);
  return parts.reduce((said, part, at) => `${said}${at < 2 ? " " : "-"}${part}`, "+7");
}
