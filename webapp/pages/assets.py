"""Static files, named by their content, so that a browser may keep them for ever."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from webapp.compression import is_text, packed_once

ADDRESS: Final = "/static/"


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file as it is served.

    ``imports``: addresses of the modules that it needs at once. ``packed``: itself compressed, where that
    helps.
    """

    address: str
    type: str
    body: bytes
    imports: tuple[str, ...] = ()
    packed: bytes | None = None


class Assets:
    """Static files by their names.

    - ``folders``: whose files are served, by their path inside them (``site.css``), apart from JavaScript,
      which is a source there.
    - ``scripts``: single files, by their own name (``htmx.min.js``).
    - ``builds``: esbuild's metafiles, which tell what it made, beside the modules themselves. Those are named
      by their content already and call each other so. One that a page begins with, or that is loaded when it
      is needed, goes by the name of its source (``app.js``).

    Raises FileNotFoundError, telling what to do, for whatever isn't there, ValueError for two of one name.
    """

    def __init__(
        self, folders: Sequence[Path], *, scripts: Sequence[Path] = (), builds: Sequence[Path] = ()
    ) -> None:
        self._made: dict[str, Asset] = {}
        for folder in folders:
            for path in sorted(_there(folder).rglob("*")):
                if path.is_file() and path.suffix != ".js":
                    self._add(path.relative_to(folder).as_posix(), _named(folder, path))
        for path in scripts:
            self._add(path.name, _named(path.parent, path))
        for metafile in builds:
            for name, made in _built(metafile):
                self._add(name, made)
        self._served = {asset.address: asset for asset in self._made.values()}

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for none of ours."""
        return self._made[name].address

    def served(self, name: str) -> Asset | None:
        """The file behind ``/static/<name>``."""
        return self._served.get(f"{ADDRESS}{name}")

    def modules(self, name: str) -> tuple[str, ...]:
        """The addresses of a module and of all that it imports statically: to be fetched side by side."""
        return tuple(dict.fromkeys(self._with_imports(self.url(name))))

    def sizes(self) -> Mapping[str, bytes]:
        """Every file's content by its name, for whoever weighs them."""
        return {name: asset.body for name, asset in self._made.items()}

    def _with_imports(self, address: str) -> Iterator[str]:
        yield address
        for needed in self._served[address].imports:
            yield from self._with_imports(needed)

    def _add(self, name: str, made: Asset) -> None:
        if name in self._made:
            raise ValueError(f"two static files are called {name}")
        self._made[name] = made


def _named(folder: Path, path: Path) -> Asset:
    """A file with its fingerprint in its name."""
    body = _there(path).read_bytes()
    flat = "-".join((*path.parent.relative_to(folder).parts, path.stem))
    digest = hashlib.sha256(body).hexdigest()[:12]
    return _asset(f"{flat}.{digest}{path.suffix}", body)


def _built(metafile: Path) -> Iterator[tuple[str, Asset]]:
    """What esbuild made, by its names."""
    for path, told in json.loads(_there(metafile).read_bytes())["outputs"].items():
        file = PurePosixPath(path).name
        imports = [
            f"{ADDRESS}{PurePosixPath(each['path']).name}"
            for each in told["imports"]
            if each["kind"] == "import-statement"
        ]
        name = PurePosixPath(told.get("entryPoint", path)).name
        yield name, _asset(file, _there(metafile.with_name(file)).read_bytes(), tuple(imports))


def _asset(file: str, body: bytes, imports: tuple[str, ...] = ()) -> Asset:
    kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
    return Asset(f"{ADDRESS}{file}", kind, body, imports, packed_once(body) if is_text(kind) else None)


def _there(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"run `make build`: {path.name}, which is served, is missing")
    return path
