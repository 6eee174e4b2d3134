"""Static files: names that follow the content, and clear words when something is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from webapp.pages.assets import Assets

MADE: dict[str, dict[str, Any]] = {
    "app-A1.js": {"entryPoint": "src/app.js", "static": ["chunk-C3.js"], "later": ["vk-B2.js"]},
    "vk-B2.js": {"entryPoint": "src/host/vk.js", "static": ["chunk-D4.js"], "later": []},
    "chunk-C3.js": {"static": ["chunk-D4.js"], "later": []},
    "chunk-D4.js": {"static": [], "later": []},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of ours, with sources, and what esbuild has made of them."""
    (tmp_path / "ours" / "pictures").mkdir(parents=True)
    (tmp_path / "ours" / "site.css").write_text("a {}")
    (tmp_path / "ours" / "app.js").write_text("import './chunk.js'")
    (tmp_path / "ours" / "pictures" / "mark.svg").write_text("<svg/>")
    built = tmp_path / "built"
    built.mkdir()
    outputs: dict[str, dict[str, Any]] = {}
    for name, told in MADE.items():
        (built / name).write_text(f"// {name}")
        imports = [{"path": f"web/built/{each}", "kind": "import-statement"} for each in told["static"]]
        imports += [{"path": f"web/built/{each}", "kind": "dynamic-import"} for each in told["later"]]
        entry = {name: value for name, value in told.items() if name == "entryPoint"}
        outputs[f"web/built/{name}"] = {"imports": imports, **entry}
    (built / "app.json").write_text(json.dumps({"outputs": outputs}))
    (built / "library.min.js").write_text("window.library = 1;")
    return tmp_path


def assets(folder: Path) -> Assets:
    """All of them."""
    built = folder / "built"
    return Assets([folder / "ours"], scripts=[built / "library.min.js"], builds=[built / "app.json"])


def test_a_changed_file_has_another_name(folder: Path) -> None:
    before = assets(folder)
    (folder / "ours" / "site.css").write_text("b {}")
    (folder / "built" / "library.min.js").write_text("window.library = 2;")
    after = assets(folder)
    assert before.url("site.css") != after.url("site.css")
    assert before.url("library.min.js") != after.url("library.min.js")
    assert before.url("pictures/mark.svg") == after.url("pictures/mark.svg")
    assert before.url("pictures/mark.svg").startswith("/static/pictures-mark.")


def test_what_is_built_keeps_its_names_and_comes_with_what_it_imports(folder: Path) -> None:
    made = assets(folder)
    assert made.url("app.js") == "/static/app-A1.js"
    assert made.modules("app.js") == tuple(
        f"/static/{name}" for name in ("app-A1.js", "chunk-C3.js", "chunk-D4.js")
    )
    assert made.modules("vk.js") == ("/static/vk-B2.js", "/static/chunk-D4.js")
    served = made.served("app-A1.js")
    assert served is not None
    assert (served.body, served.type) == (b"// app-A1.js", "text/javascript")


def test_sources_are_not_served(folder: Path) -> None:
    assert b"import './chunk.js'" not in assets(folder).sizes().values()


@pytest.mark.parametrize("missing", ["app.json", "vk-B2.js", "chunk-D4.js", "library.min.js"])
def test_a_missing_file_is_named_with_what_to_do(folder: Path, missing: str) -> None:
    (folder / "built" / missing).unlink()
    with pytest.raises(FileNotFoundError, match=rf"make build.*{missing}"):
        assets(folder)


def test_two_files_of_one_name(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "site.css").write_text("c {}")
    with pytest.raises(ValueError, match=r"site\.css"):
        Assets([folder / "ours", other])
