// Who holds a phone: the list of people, and a form for somebody new.

import { face, h, icon } from "./dom.js";
import { post } from "./net.js";
import { t } from "./page.js";
import { state } from "./store.js";

const ROLES = new Set(["client", "master", "owner"]);

/** «клиент», «мастер» …, or the phone where there is no role. @param {any} person */
export function roleOf(person) {
  return ROLES.has(person.role) ? t(`sandbox.role.${person.role}`) : person.phone;
}

/** @param {import("./sheets.js").Sheets} sheets @param {number | null} current @param {(id: number) => void} chosen */
export function choosePerson(sheets, current, chosen) {
  const take = (id) => {
    sheets.close();
    chosen(id);
  };
  const people = [...state.people.values()].map((person) =>
    h(
      "button.line",
      { type: "button", "aria-current": person.id === current ? "true" : null, onclick: () => take(person.id) },
      face(person),
      h("span.line-text", {}, h("span.line-name", {}, person.name), h("span.line-hint", {}, roleOf(person))),
    ),
  );
  const add = h(
    "button.line",
    { type: "button", onclick: () => addPerson(sheets, take) },
    h("span.face.face-new", {}, icon("plus")),
    h("span.line-text", {}, h("span.line-name", {}, t("sandbox.people.add"))),
  );
  sheets.open(t("sandbox.people.who"), [h("div.lines", {}, people, add)]);
}

function addPerson(sheets, take) {
  const name = h("input", { id: "new-name", name: "name", required: true, maxlength: 120, autocomplete: "off", "data-focus": true });
  const language = h(
    "select",
    { id: "new-language", name: "language" },
    ["ru", "en"].map((code) => h("option", { value: code, selected: code === document.documentElement.lang }, t(`sandbox.language.${code}`))),
  );
  const trouble = h("p.trouble", { role: "alert" });
  const form = h(
    "form.form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        const [first_name, ...rest] = name.value.trim().split(/\s+/);
        try {
          const { person } = await post("people", { first_name, last_name: rest.join(" "), language: language.value });
          state.people.set(person.id, person);
          take(person.id);
        } catch {
          trouble.textContent = t("sandbox.people.trouble");
        }
      },
    },
    h("label", { for: "new-name" }, t("sandbox.people.name")),
    name,
    h("label", { for: "new-language" }, t("sandbox.people.language")),
    language,
    trouble,
    h("button.wide", { type: "submit" }, t("sandbox.people.create")),
  );
  sheets.open(t("sandbox.people.new"), [form]);
}
