"""Static files, named by their content, so that a browser may keep them for ever.

ES modules name each other by relative addresses; what is served names the fingerprinted files, so that no
import map is needed and a changed module changes the names of all that import it.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from webapp.compression import is_text, packed_once
from webapp.pages.bundle import bundle

ADDRESS: Final = "/static/"

#: ``from "./x.js"``, ``import "./x.js"``, ``await import("./x.js")``: what a module asks for. A type in a
#: comment, ``{import("./x.js").X}``, is none of these.
_IMPORT: Final = re.compile(
    r"""((?:\bfrom|^import|\bawait\s+import\()\s*)(["'])(\.{1,2}/[\w./-]+\.js)\2""", re.MULTILINE
)


_LATER: Final = re.compile(r"""(\bawait\s+import\(["'])(\.{1,2}/[\w./-]+\.js)""")


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file as it is served.

    ``imports``: names of the modules that it needs at once. ``packed``: itself compressed, where that helps.
    """

    name: str
    address: str
    type: str
    body: bytes
    imports: tuple[str, ...] = ()
    packed: bytes | None = None


class Assets:
    """The files of some folders, by their path inside them: ``site.css``, ``host/index.js``.

    ``bundles``: modules that are served together with all that they import, see :mod:`webapp.pages.bundle`.

    Raises FileNotFoundError for a folder or an imported module that isn't there, ValueError for two files of
    one name and for modules that import each other in a circle.
    """

    def __init__(self, folders: Sequence[Path], *, bundles: Collection[str] = ()) -> None:
        self._bundles = frozenset(bundles)
        self._paths: dict[str, Path] = {}
        for folder in folders:
            if not folder.is_dir():
                raise FileNotFoundError(f"static files are missing: {folder.name} (run `make demo` once)")
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    name = path.relative_to(folder).as_posix()
                    if name in self._paths:
                        raise ValueError(f"two static files are called {name}")
                    self._paths[name] = path
        self._made: dict[str, Asset] = {}
        for name in self._paths:
            self._make(name, ())
        self._served = {asset.address: asset for asset in self._made.values()}

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for none of ours."""
        return self._made[name].address

    def served(self, name: str) -> Asset | None:
        """The file behind ``/static/<name>``."""
        return self._served.get(f"{ADDRESS}{name}")

    def modules(self, name: str) -> tuple[str, ...]:
        """The addresses of a module and of all that it imports statically: to be fetched side by side."""
        return tuple(self._made[each].address for each in dict.fromkeys(self._with_imports(name)))

    def sizes(self) -> Mapping[str, bytes]:
        """Every file's content by its name, for whoever weighs them."""
        return {name: asset.body for name, asset in self._made.items()}

    def _with_imports(self, name: str) -> Iterator[str]:
        yield name
        for needed in self._made[name].imports:
            yield from self._with_imports(needed)

    def _make(self, name: str, above: tuple[str, ...]) -> Asset:
        if name in self._made:
            return self._made[name]
        if name in above:
            raise ValueError(f"modules import each other in a circle: {' > '.join((*above, name))}")
        if name not in self._paths:
            raise FileNotFoundError(f"{above[-1]} imports {name}, which is not there")
        body = self._paths[name].read_bytes()
        imports: list[str] = []
        if name.endswith(".js"):
            text = bundle(name, self._source, _joined) if name in self._bundles else body.decode()
            body = self._linked(name, text, (*above, name), imports).encode()
        digest = hashlib.sha256(body).hexdigest()[:12]
        path = PurePosixPath(name)
        flat = "-".join((*path.parent.parts, path.stem))
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        address = f"{ADDRESS}{flat}.{digest}{path.suffix}"
        packed = packed_once(body) if is_text(kind) else None
        asset = Asset(name, address, kind, body, tuple(imports), packed)
        self._made[name] = asset
        return asset

    def _source(self, name: str) -> str:
        """A module as it was written, with the addresses of what it loads later as seen from the top."""
        if name not in self._paths:
            raise FileNotFoundError(f"{name} is imported, but not there")
        text = self._paths[name].read_text(encoding="utf-8")
        return _LATER.sub(lambda match: f"{match[1]}./{_joined(name, match[2])}", text)

    def _linked(self, name: str, text: str, above: tuple[str, ...], imports: list[str]) -> str:
        """The module with fingerprinted addresses in its imports."""

        def address(match: re.Match[str]) -> str:
            needed = _joined(name, match[3])
            found = self._make(needed, above)
            if "(" not in match[1]:
                imports.append(needed)
            return f"{match[1]}{match[2]}{found.address}{match[2]}"

        return _IMPORT.sub(address, text)


def _joined(name: str, relative: str) -> str:
    """``host/index.js`` and ``../live.js`` make ``live.js``."""
    parts = list(PurePosixPath(name).parent.parts)
    for part in PurePosixPath(relative).parts:
        if part == "..":
            if not parts:
                raise FileNotFoundError(f"{name} imports {relative}, which is outside")
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
