"""The command line: ``okoshko …``.

Commands import what they need when they run: the bots' libraries take seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from deploy.settings import Settings
    from locales import Texts


T = TypeVar("T")


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


@contextmanager
def loading() -> Iterator[None]:
    """Around the import of the web application: files that it serves and that are missing are one line on
    standard error and exit code 1.
    """
    try:
        yield
    except FileNotFoundError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


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


def _console_logging(settings: Settings) -> None:
    from deploy.logs import set_up_logging

    set_up_logging(settings.log_format.value)


def _run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end; what the operator can mend is one line on standard error and exit code 1."""
    import asyncpg
    from redis.exceptions import RedisError

    from core.domain.errors import DomainError
    from deploy.embedded import EmbeddedServerError

    try:
        if sys.platform == "win32":
            return asyncio.run(main)
        import uvloop

        return uvloop.run(main)
    except (EmbeddedServerError, OSError, asyncpg.PostgresError, RedisError) as error:
        click.echo(f"{type(error).__name__}: {error}", err=True)
    except DomainError as error:
        said = ", ".join(f"{name}={value}" for name, value in error.params.items())
        click.echo(f"{error.code}: {said}" if said else error.code, err=True)
    except KeyboardInterrupt:
        pass
    sys.exit(1)


@main.command()
def demo() -> None:
    """Everything for a look: two phones in the browser, no token needed."""
    with loading():
        from deploy.demo.show import show

    settings, words = configured(), console_texts()
    _console_logging(settings)

    def say(address: str) -> None:
        text = words.t("cli.demo.open", address=address) if address else words.t("cli.demo.ready")
        click.echo(text)

    _run(show(settings, say))


@main.command()
@click.option("--only", default="", help="Some of web, telegram, vk, worker; separated by commas.")
def run(only: str) -> None:
    """The production processes: web, bots and worker."""
    with loading():
        from deploy import program

    settings = configured()
    parts = frozenset(part.strip() for part in only.split(",") if part.strip()) or frozenset(program.PARTS)
    if unknown := parts - frozenset(program.PARTS):
        raise click.BadParameter(f"unknown: {', '.join(sorted(unknown))}", param_hint="--only")
    _console_logging(settings)
    _run(program.run(settings, parts, click.echo))


@main.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from deploy.commands import migrate_schema

    settings = configured()
    click.echo(_run(migrate_schema(settings)))


@main.command()
def seed() -> None:
    """Write the demo's businesses into the database, where they are missing."""
    from deploy.commands import seed_demo

    for line in _run(seed_demo(configured())):
        click.echo(line)


@main.group()
def token() -> None:
    """Personal API tokens."""


@token.command("create")
@click.option("--business", required=True, help="Slug of the business.")
@click.option("--role", required=True, help="owner, ops_manager, operator, read_only …")
@click.option("--name", required=True, help="What it is for.")
@click.option("--staff", default="", help="A master's: the staff member that it acts as, by name.")
@click.option("--scope", "scopes", multiple=True, help="catalogue:read, bookings:write …; all when left out.")
def token_create(business: str, role: str, name: str, staff: str, scopes: tuple[str, ...]) -> None:
    """Make a token and print it once, on the last line."""
    from deploy.commands import create_token

    click.echo(_run(create_token(configured(), business, role, name, staff=staff or None, scopes=scopes)))


@main.group()
def invite() -> None:
    """One-time links for owners and staff."""


@invite.command("create")
@click.option("--business", required=True, help="Slug of the business.")
@click.option("--owner", is_flag=True, help="Invite an owner.")
@click.option("--staff", default="", help="Name of the staff member to invite.")
def invite_create(business: str, owner: bool, staff: str) -> None:
    """Make an invite and print its start parameter, on the last line."""
    from deploy.commands import create_invite

    if owner == bool(staff):
        raise click.UsageError("Say either --owner or --staff NAME.")
    click.echo(_run(create_invite(configured(), business, staff or None)))
