// What messages carry besides text.

import { face, h, icon, s } from "./dom.js";
import { fileUrl } from "./net.js";
import { t } from "./page.js";

const COLOURS = 7;

/** @param {any} item @returns {HTMLElement} */
export function attachment(item) {
  return (DRAWN[item.kind] ?? DRAWN.document)(item);
}

const DRAWN = {
  document: (item) =>
    h(
      "a.file",
      { href: fileUrl(item.file_id), download: item.name, "aria-label": t("sandbox.file.save", { name: item.name }) },
      h("span.file-icon", {}, icon(item.mime === "text/calendar" ? "calendar" : "file")),
      h("span.file-text", {}, h("span.file-name", {}, item.name), h("span.file-size", {}, size(item.size))),
    ),
  photo: (item) =>
    h("img.photo", { src: fileUrl(item.file_id), alt: t("sandbox.kind.photo"), width: item.width, height: item.height }),
  sticker: (item) => h("span.sticker", { role: "img", "aria-label": t("sandbox.kind.sticker") }, item.emoji),
  voice: (item) =>
    h(
      "span.voice",
      { role: "img", "aria-label": t("sandbox.kind.voice") },
      h("span.file-icon", {}, icon("play")),
      h("span.wave", {}, ...[5, 9, 14, 8, 16, 11, 18, 9, 13, 6, 15, 10, 7, 12, 5].map((height) => bar(height))),
      h("span.file-size", {}, `0:${String(item.seconds).padStart(2, "0")}`),
    ),
  location: (item) => place(item, ""),
  venue: (item) => place(item, item.title, item.address),
  contact: (item) =>
    h(
      "span.contact",
      {},
      face({ initials: item.name.slice(0, 1).toUpperCase(), colour: (item.user_id ?? 0) % COLOURS }),
      h("span.file-text", {}, h("span.file-name", {}, item.name), h("span.file-size", {}, item.phone)),
    ),
};

function bar(height) {
  return s(
    "svg",
    { viewBox: "0 0 3 20", class: "wave-bar", "aria-hidden": "true" },
    s("rect", { x: 0, y: (20 - height) / 2, width: 3, height, rx: 1.5 }),
  );
}

function place(item, title, address = "") {
  const at = `${item.latitude},${item.longitude}`;
  const map = `https://www.openstreetmap.org/?mlat=${item.latitude}&mlon=${item.longitude}#map=16/${item.latitude}/${item.longitude}`;
  return h(
    "a.place",
    { href: map, target: "_blank", rel: "noopener noreferrer", "aria-label": t("sandbox.place.open", { name: title || at }) },
    s(
      "svg",
      { viewBox: "0 0 240 110", class: "map", "aria-hidden": "true", preserveAspectRatio: "xMidYMid slice" },
      s("path", { class: "map-park", d: "M150 0h90v46l-66 8z" }),
      s("path", { class: "map-water", d: "M0 84c50-16 78 22 130 6s70-8 110-18v38H0z" }),
      s("path", { class: "map-road", d: "M-5 34 245 62M62-5 44 115M150-5l26 120M-5 72l150-46" }),
      s("path", { class: "map-pin", d: "M120 74s17-15 17-28a17 17 0 0 0-34 0c0 13 17 28 17 28z" }),
      s("circle", { class: "map-dot", cx: 120, cy: 46, r: 6 }),
    ),
    title ? h("span.file-text", {}, h("span.file-name", {}, title), h("span.file-size", {}, address)) : null,
  );
}

function size(bytes) {
  if (bytes < 1024) return t("sandbox.file.bytes", { count: bytes });
  return t("sandbox.file.kilobytes", { count: Math.round(bytes / 102.4) / 10 });
}

/** One line for lists of chats. @param {any} message */
export function summary(message) {
  if (message.text) return message.text.split("\n")[0];
  return message.attachment ? t(`sandbox.kind.${message.attachment.kind}`) : "";
}
