"""Static files: several modules in one, and names that follow the content."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.pages.assets import Assets

MODULES = {
    "app.js": """// What it is for.
import { twice as double } from "./lib/number.js";
import { word } from "./word.js";

/** @param {number} n */
export const said = (n) => `${word} ${double(n)}`;
export async function later() {
  await import("./vendor.js");
}
""",
    "lib/number.js": """import { word } from "../word.js";
/** Two of it. */
export function twice(n) {
  return /** @type {number} */ (n) * 2 + word.length; // not cut
}
""",
    "word.js": """export const word = "word";
""",
    "vendor.js": "window.vendor = 1;\n",
}


def assets(folder: Path, **changed: str) -> Assets:
    """The modules in a folder, some of them as ``changed`` says."""
    for name, text in {**MODULES, **{f"{name}.js": text for name, text in changed.items()}}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return Assets([folder], bundles=["app.js"])


def test_each_module_once_and_before_whoever_needs_it(tmp_path: Path) -> None:
    made = assets(tmp_path)
    text = made.sizes()["app.js"].decode()
    assert text.count('const word = "word"') == 1
    assert text.index('const word = "word"') < text.index("function twice") < text.index("const said")
    assert "const {twice: double} = $m1;" in text
    assert made.url("vendor.js") in text
    assert "What it is for" not in text
    assert "Two of it" not in text
    assert "@type" not in text
    assert made.modules("app.js") == (made.url("app.js"),)


def test_a_changed_module_changes_the_names_of_all_that_need_it(tmp_path: Path) -> None:
    before, after = assets(tmp_path), assets(tmp_path, word='export const word = "other";\n')
    assert before.url("word.js") != after.url("word.js")
    assert before.url("lib/number.js") != after.url("lib/number.js")
    assert before.url("app.js") != after.url("app.js")
    assert before.url("vendor.js") == after.url("vendor.js")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("word", "export default 1;\n"),
        ("word", 'import "./vendor.js";\n'),
        ("word", 'import { said } from "./app.js";\n'),
    ],
)
def test_what_is_not_understood_ends_the_start(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"not written as|in a circle"):
        assets(tmp_path, **{name: text})


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.js"):
        assets(tmp_path, word='import { x } from "./nowhere.js";\nexport const word = x;\n')
