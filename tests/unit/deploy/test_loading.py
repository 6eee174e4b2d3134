"""What is not configured is not loaded: the messengers' libraries take seconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LOADED = "import sys, deploy.{0}; print(*({{'aiogram', 'vkbottle'}} & sys.modules.keys()))"


@pytest.mark.parametrize(
    ("module", "libraries"),
    [("messengers", ""), ("program", ""), ("cli", ""), ("telegram", "aiogram"), ("vk", "vkbottle")],
)
def test_which_libraries_come_along(module: str, libraries: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _LOADED.format(module)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == libraries
