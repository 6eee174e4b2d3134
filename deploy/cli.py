"""The command line: ``okoshko …``.

Commands import what they need when they run: the bots' libraries take seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from deploy.settings import Settings
    from locales import Texts


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Okoshko: online booking in Telegram, VK and on the web."""


def configured() -> Settings:
    """The settings, or one line on standard error and exit code 2."""
    from deploy.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def console_texts() -> Texts:
    """The texts in the language of the terminal."""
    from locales import match_locale, texts

    spoken = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None
    )
    return texts(match_locale(spoken))


@main.command()
def doctor() -> None:
    """Say what is configured, what answers and what is missing."""
    from deploy.doctor import Verdict, examine

    settings, words = configured(), console_texts()
    signs = {Verdict.OK: "✓", Verdict.NOTE: "!", Verdict.MISSING: "–", Verdict.FAILED: "✗"}
    colours = {
        Verdict.OK: "green",
        Verdict.NOTE: "yellow",
        Verdict.MISSING: "bright_black",
        Verdict.FAILED: "red",
    }
    findings = asyncio.run(examine(settings))
    for finding in findings:
        sign = click.style(signs[finding.verdict], fg=colours[finding.verdict])
        click.echo(f"{sign} {words.t(finding.msgid, **finding.params)}")
    sys.exit(any(finding.verdict is Verdict.FAILED for finding in findings))
