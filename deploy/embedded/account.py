"""Whom the embedded servers run as: the one who runs the program, or, when that is root, an unprivileged
account.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from deploy.embedded.errors import EmbeddedServerError

#: Owns nothing else on a usual system; PostgreSQL refuses to run as root.
UNPRIVILEGED: Final = "nobody"


class Identity(TypedDict, total=False):
    """Arguments of :class:`subprocess.Popen` that change the account of the child."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An account by number. ``switched``: it differs from the one that runs the program."""

    uid: int
    gid: int
    switched: bool

    @property
    def identity(self) -> Identity:
        """What makes a child process run as this account."""
        return Identity(user=self.uid, group=self.gid, extra_groups=[]) if self.switched else Identity()

    def can_reach(self, path: Path) -> bool:
        """Whether this account can read and enter ``path``.

        Asked of the system itself: modes alone don't know of ACLs.
        """
        if not self.switched:
            return True
        test = ["/bin/sh", "-c", 'test -r "$0" && { test ! -d "$0" || test -x "$0"; }', str(path)]
        return subprocess.run(test, check=False, cwd="/", **self.identity).returncode == 0  # noqa: S603 (no shell text of others)

    def own(self, path: Path, mode: int) -> None:
        """Give ``path`` to this account."""
        if self.switched:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


def server_account() -> Account:
    """The account of the servers.

    Raises EmbeddedServerError when root has no unprivileged account to act as.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switched=False)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedServerError(
            f"embedded servers don't run as root, and there is no account {UNPRIVILEGED!r}"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, switched=True)
