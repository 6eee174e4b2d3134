"""Telegram's HTML: text and entities out of markup, or the refusal that the real server would give.

The rules are those of core.telegram.org/bots/api#html-style. Offsets in refusals count bytes of the UTF-8
text, offsets of spans count UTF-16 code units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bots.sandbox.model import Span, utf16_length

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z]{2,4}));?")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]+")
_ATTRIBUTE = re.compile(r"[^\s=>/\"']+")
_SPACE = re.compile(r"\s*")


class BrokenMarkup(ValueError):
    """Why the markup can't be parsed; the message is the server's words after «can't parse entities: »."""


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    start: int


@dataclass(slots=True)
class _Parser:
    source: str
    position: int = 0
    units: int = 0
    text: list[str] = field(default_factory=list)
    opened: list[_Open] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def parse(self) -> tuple[str, list[Span]]:
        while self.position < len(self.source):
            character = self.source[self.position]
            if character == "&":
                self._add(*self._reference(self.position))
            elif character != "<":
                self._add(character, self.position + 1)
            elif self.source.startswith("</", self.position):
                self._close()
            else:
                self._open()
        if self.opened:
            raise BrokenMarkup(f'Can\'t find end tag corresponding to start tag "{self.opened[-1].tag}"')
        return "".join(self.text), self.spans

    def _add(self, text: str, position: int) -> None:
        self.text.append(text)
        self.units += utf16_length(text)
        self.position = position

    def _reference(self, position: int) -> tuple[str, int]:
        """The character that ``&…;`` stands for and where it ends; «&» itself when it stands for none."""
        match = _REFERENCE.match(self.source, position)
        if match is None:
            return "&", position + 1
        hexadecimal, decimal, name = match.groups()
        if name is not None:
            known = _NAMED.get(name)
            return (known, match.end()) if known is not None else ("&", position + 1)
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            return "&", position + 1
        return chr(code), match.end()

    def _at(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _skip_space(self) -> None:
        match = _SPACE.match(self.source, self.position)
        self.position = match.end() if match else self.position

    def _open(self) -> None:
        begin = self.position
        name = re.compile(r"<([^\s>]*)").match(self.source, begin)
        self.position = name.end() if name else begin + 1
        if self.position >= len(self.source):
            raise BrokenMarkup(f"Unclosed start tag at byte offset {self._at(begin)}")
        tag = (name.group(1) if name else "").lower()
        if tag not in _KINDS:
            raise BrokenMarkup(f'Unsupported start tag "{tag}" at byte offset {self._at(begin)}')
        argument = self._attributes(tag, begin)
        if tag == "span" and argument != "tg-spoiler":
            raise BrokenMarkup(f'Tag "span" must have class "tg-spoiler" at byte offset {self._at(begin)}')
        self.opened.append(_Open(tag, argument, self.units, len(self.text)))

    def _attributes(self, tag: str, begin: int) -> str:
        """Reads up to «>» and returns the one attribute that matters for ``tag``."""
        argument = ""
        while True:
            self._skip_space()
            if self.position >= len(self.source):
                raise BrokenMarkup(f'Unclosed start tag "{tag}" at byte offset {self._at(begin)}')
            if self.source[self.position] == ">":
                self.position += 1
                return argument
            match = _ATTRIBUTE.match(self.source, self.position)
            if match is None:
                raise BrokenMarkup(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self._at(begin)}'
                )
            name, self.position = match.group().lower(), match.end()
            self._skip_space()
            if not self.source.startswith("=", self.position):
                if tag == "blockquote" and name == "expandable":
                    argument = "expandable"
                    continue
                raise BrokenMarkup(
                    "Expected equal sign in declaration of an attribute of the tag "
                    f'"{tag}" at byte offset {self._at(begin)}'
                )
            self.position += 1
            self._skip_space()
            value = self._value(tag, begin)
            if (tag, name) in {("a", "href"), ("code", "class"), ("span", "class")}:
                argument = value

    def _value(self, tag: str, begin: int) -> str:
        start = self.position
        if start >= len(self.source):
            raise BrokenMarkup(f'Unclosed start tag "{tag}" at byte offset {self._at(begin)}')
        quote = self.source[start]
        if quote not in {'"', "'"}:
            match = _NAME_TOKEN.match(self.source, start)
            self.position = match.end() if match else start
            following = self.source[self.position : self.position + 1]
            if following and following != ">" and not following.isspace():
                raise BrokenMarkup(f"Unexpected end of name token at byte offset {self._at(start)}")
            return match.group().lower() if match else ""
        pieces: list[str] = []
        self.position += 1
        while self.position < len(self.source) and self.source[self.position] != quote:
            piece, self.position = (
                self._reference(self.position)
                if self.source[self.position] == "&"
                else (self.source[self.position], self.position + 1)
            )
            pieces.append(piece)
        if self.position >= len(self.source):
            raise BrokenMarkup(f'Unclosed start tag "{tag}" at byte offset {self._at(begin)}')
        self.position += 1
        return "".join(pieces)

    def _close(self) -> None:
        begin = self.position
        if not self.opened:
            raise BrokenMarkup(f"Unexpected end tag at byte offset {self._at(begin)}")
        name = re.compile(r"</([^\s>]*)").match(self.source, begin)
        tag = (name.group(1) if name else "").lower()
        self.position = name.end() if name else begin + 2
        self._skip_space()
        if not self.source.startswith(">", self.position):
            raise BrokenMarkup(f"Unclosed end tag at byte offset {self._at(begin)}")
        self.position += 1
        opened = self.opened.pop()
        if tag and tag != opened.tag:
            raise BrokenMarkup(
                f"Unmatched end tag at byte offset {self._at(begin)}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        if self.units > opened.offset:
            self._span(opened)

    def _span(self, opened: _Open) -> None:
        length = self.units - opened.offset
        kind, url, language = _KINDS[opened.tag], "", ""
        if opened.tag == "a":
            url = opened.argument or "".join(self.text[opened.start :])
            if "." not in url and ":" not in url:
                return  # the server drops a link that is none
        elif opened.tag == "blockquote" and opened.argument:
            kind = "expandable_blockquote"
        elif opened.tag == "code" and opened.argument.startswith("language-"):
            language = opened.argument.removeprefix("language-")
        elif opened.tag == "pre" and self.spans and self.spans[-1].language:
            inner = self.spans[-1]
            if (inner.kind, inner.offset, inner.length) == ("code", opened.offset, length):
                self.spans.pop()
                language = inner.language
        self.spans.append(Span(kind, opened.offset, length, url, language))


def parse_html(source: str) -> tuple[str, list[Span]]:
    """Text and spans. Raises :class:`BrokenMarkup`."""
    return _Parser(source).parse()
