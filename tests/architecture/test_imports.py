"""What import-linter's contracts in pyproject.toml can't say."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"core", "storage", "bots", "webapp", "locales", "migrations", "deploy"}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_the_domain_imports_itself_and_the_standard_library() -> None:
    """import-linter forbids what it is told to; this forbids all that is not listed."""
    files = sources("core/domain")
    foreign = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files
        for line, name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("core.domain")
    ]
    assert files
    assert not foreign


@pytest.mark.parametrize("folder", sorted(OURS))
def test_every_folder_of_code_is_a_package(folder: str) -> None:
    """A folder without ``__init__.py`` would slip past the import contracts."""
    bare = {
        str(path.parent.relative_to(ROOT))
        for path in sources(folder)
        if not (path.parent / "__init__.py").exists() and path.parent != ROOT / "migrations" / "versions"
    }
    assert not bare


def test_the_command_line_starts_light() -> None:
    """Libraries that take seconds to import are for the commands that need them."""
    heavy = {"aiogram", "vkbottle", "aiohttp", "sqlalchemy", "alembic", "asyncpg", "babel"}
    cli = ast.parse((ROOT / "deploy" / "cli.py").read_text(encoding="utf-8"))
    top = {
        name.split(".")[0]
        for node in cli.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert not top & (heavy | OURS)
