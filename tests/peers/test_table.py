"""The table of this folder names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def test_every_defect_has_a_test_that_exists() -> None:
    here = Path(__file__).parent
    rows = [line for line in (here / "README.md").read_text().splitlines() if line.startswith("| ")]
    defects = [row for row in rows[1:] if not row.startswith("| **")]
    assert len(defects) > 20
    for row in defects:
        named = _NAMED.findall(row)
        assert named, row
        for path, test in named:
            assert re.search(rf"def {test}\(", (here.parent / path).read_text()), f"{path}::{test}"
