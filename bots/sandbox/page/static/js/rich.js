// A text with its entities as nested elements.

import { h } from "./dom.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};
const LINKS = new Set(["text_link", "url", "email", "mention", "hashtag", "phone_number", "bot_command"]);

/**
 * Spans may nest but not cross; offsets count UTF-16 units, as strings here do.
 * @param {string} text @param {any[]} spans
 * @param {(kind: string, target: string) => void} follow  what to do with a pressed link or command
 * @returns {DocumentFragment}
 */
export function rich(text, spans, follow) {
  const inOrder = [...spans].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, inOrder, 0, text.length, follow);
}

function build(text, spans, start, end, follow) {
  const fragment = document.createDocumentFragment();
  let position = start;
  for (let index = 0; index < spans.length; ) {
    const span = spans[index];
    const stop = Math.min(span.offset + span.length, end);
    if (span.offset > position) fragment.append(text.slice(position, span.offset));
    const inner = [];
    let next = index + 1;
    while (next < spans.length && spans[next].offset < stop) inner.push(spans[next++]);
    const element = wrap(span, text.slice(span.offset, stop), follow);
    element.append(build(text, inner, span.offset, stop, follow));
    fragment.append(element);
    position = stop;
    index = next;
  }
  if (position < end) fragment.append(text.slice(position, end));
  return fragment;
}

function wrap(span, text, follow) {
  if (span.kind === "spoiler") {
    const cover = h("button.spoiler", { type: "button", onclick: () => cover.classList.add("open") });
    return cover;
  }
  if (LINKS.has(span.kind)) {
    const target = span.kind === "text_link" ? span.url : text;
    return h("button.link", { type: "button", onclick: () => follow(span.kind, target) });
  }
  return h(TAGS[span.kind] ?? "span");
}
