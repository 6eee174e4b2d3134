"""Where the embedded servers keep their files.

Usually that is ``servers/`` in the data folder. When root runs the program, the servers run as an
unprivileged account, and that account can't enter a data folder below, say, ``/root``. Opening such a folder
is not ours to do, so the files are kept in ``/var/lib/okoshko/<name>`` and the data folder holds a pointer
there (``servers.path``): a data folder that was moved finds its files, one that was deleted and made anew
starts afresh. The place tells in ``data-folder`` whose it is. Files whose data folder is gone are never
removed by themselves, for a folder that was moved looks the same; :func:`abandoned` tells of them.
"""

from __future__ import annotations

import fcntl
import secrets
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from deploy.embedded.account import Account
from deploy.embedded.errors import EmbeddedServerError

#: For root only: kept across restarts, unlike /var/tmp, which systems clear of old files.
SYSTEM_FOLDER: Final = Path("/var/lib/okoshko")

_POINTER: Final = "servers.path"
_BACK_POINTER: Final = "data-folder"


def make_folder(path: Path) -> Path:
    """A folder that others may enter, whatever the umask: what is secret in it has its own mode."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    return path


def find_place(data_dir: Path, account: Account) -> Path | None:
    """The folder of the servers' files if there is one already."""
    pointer = data_dir / _POINTER
    if pointer.exists():
        return Path(pointer.read_text().strip())
    inside = data_dir / "servers"
    return inside if inside.is_dir() and account.can_reach(inside) else None


def make_place(data_dir: Path, account: Account) -> Path:
    """The folder of the servers' files, made if need be. Raises EmbeddedServerError when that can't be."""
    data_dir = data_dir.absolute()
    try:
        make_folder(data_dir)
        # Two first commands at once must not choose two places.
        with (data_dir / "servers.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            place = make_folder(find_place(data_dir, account) or _choose(data_dir, account))
            if place.parent == SYSTEM_FOLDER:
                (place / _BACK_POINTER).write_text(f"{data_dir}\n")
            return place
    except OSError as error:
        raise EmbeddedServerError(f"the data folder {data_dir} can't be used: {error}") from error


def _choose(data_dir: Path, account: Account) -> Path:
    if account.can_reach(data_dir):
        return data_dir / "servers"
    place = make_folder(SYSTEM_FOLDER / f"{data_dir.parent.name or 'root'}-{secrets.token_hex(4)}")
    (data_dir / _POINTER).write_text(f"{place}\n")
    return place


def abandoned() -> list[Path]:
    """Places in the system folder that the data folder they were made for no longer points to."""
    left = []
    for path in sorted(SYSTEM_FOLDER.glob(f"*/{_BACK_POINTER}")):
        pointer = Path(path.read_text().strip()) / _POINTER
        if not pointer.exists() or pointer.read_text().strip() != str(path.parent):
            left.append(path.parent)
    return left


def package_files(account: Account, distribution: str, *folders: str) -> Path:
    """The folder that has the installed ``folders`` of ``distribution`` side by side, readable by
    ``account``.

    The installed files themselves where the account can reach them, or else a copy for each version in the
    system folder. Raises EmbeddedServerError when the distribution is not installed.
    """
    spec = find_spec(folders[0])
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"{distribution} is not installed: there is none for this system")
    installed = Path(spec.origin).parent.parent
    if account.can_reach(Path(spec.origin)):
        return installed
    make_folder(SYSTEM_FOLDER)
    copy = SYSTEM_FOLDER / f"{distribution}-{version(distribution)}"
    if not copy.exists():
        unfinished = make_folder(SYSTEM_FOLDER / f".{copy.name}-{secrets.token_hex(4)}")
        for folder in folders:
            # No metadata: the modes may be as closed as those of the folders above.
            if (installed / folder).exists():
                shutil.copytree(installed / folder, unfinished / folder, symlinks=True)
        _open_up(unfinished)
        try:
            unfinished.rename(copy)
        except OSError:
            # Somebody else's copy was finished first.
            shutil.rmtree(unfinished)
            if not copy.exists():
                raise
    return copy


def _open_up(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
