// One message of a chat.

import { attachment, summary } from "./attachments.js";
import { h, icon } from "./dom.js";
import { fileUrl } from "./net.js";
import { t } from "./page.js";
import { rich } from "./rich.js";
import { time } from "./when.js";

const CORNERS = { url: "link", web_app: "app", copy: "copy" };
const BARE = new Set(["sticker"]);

/**
 * @typedef {object} Deeds
 * @property {(message: any, row: number, column: number, button: any) => void} press
 * @property {(kind: string, target: string) => void} follow
 * @property {(message: any) => void} remove
 */

/**
 * @param {any} message @param {any} replied  the message that it answers, if it is still there
 * @param {Deeds} deeds @returns {HTMLElement}
 */
export function bubble(message, replied, deeds) {
  const own = message.author === "person";
  const carried = message.attachment;
  const bare = carried && BARE.has(carried.kind);
  const at = new Date(message.at);
  return h(
    `article.message.${own ? "own" : "theirs"}`,
    { "data-id": message.id, "data-version": message.version },
    h(
      `div.bubble${bare ? ".bare" : ""}`,
      {},
      replied ? h("div.reply", {}, summary(replied)) : null,
      carried ? attachment(carried) : null,
      message.text ? h("span.text", {}, rich(message.text, message.spans, deeds.follow)) : null,
      h(
        "span.meta",
        {},
        message.edited_at ? h("span.edited", {}, t("sandbox.message.edited")) : null,
        h("time", { datetime: message.at }, time(at)),
      ),
      h(
        "button.remove",
        { type: "button", "aria-label": t("sandbox.message.delete"), title: t("sandbox.message.delete"), onclick: () => deeds.remove(message) },
        icon("close"),
      ),
    ),
    message.cards?.length ? carousel(message, deeds) : message.rows.length ? keyboard(message, deeds) : null,
  );
}

/** Cards side by side, each above its buttons. */
function carousel(message, deeds) {
  const rows = keyboard(message, deeds).children;
  const cards = message.cards.map((card, index) =>
    h(
      "div.card",
      {},
      card.file_id ? h("img", { src: fileUrl(card.file_id), alt: "" }) : null,
      h("strong", {}, card.title),
      h("span", {}, card.text),
      [...rows][index],
    ),
  );
  return h("div.keys.cards", { role: "group", "aria-label": t("sandbox.keys"), tabindex: 0 }, cards);
}

function keyboard(message, deeds) {
  const rows = message.rows.map((row, y) =>
    h(
      "div.row",
      {},
      row.map((button, x) =>
        h(
          `button.key${button.style ? `.style-${button.style}` : ""}`,
          {
            type: "button",
            title: button.label,
            onclick: (event) => {
              if (button.kind === "callback") event.currentTarget.classList.add("waiting");
              deeds.press(message, y, x, button);
            },
          },
          h("span.key-label", {}, button.label),
          CORNERS[button.kind] ? icon(CORNERS[button.kind]) : null,
        ),
      ),
    ),
  );
  return h("div.keys", { role: "group", "aria-label": t("sandbox.keys") }, rows);
}
