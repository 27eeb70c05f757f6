"""The keys that seal personal data: in the data folder, or where the settings say.

In the data folder each key has a file of its own, named by when it was made, and the newest one
seals. Nothing there is ever written over, so a backup that adds what is new keeps every key.
"""

import os
import pwd
import re
import secrets
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from serai.core.ciphers import SECRET_BYTES, KeyRing, SealingKey
from serai.core.configuration import ConfigurationError, Settings
from serai.core.postgres.folders import sync_folder, write_private
from serai.core.secrets import keep_secret

PEPPER = "request-digests"
_NAMED = re.compile(r"personal-key-(?P<made>\d{8}T\d{12}Z)-(?P<id>[0-9a-f]{8})")
_WRITTEN = re.compile(r"[0-9a-fA-F]{64}")
_STAMP = "%Y%m%dT%H%M%S%fZ"
OUTSIDE = (
    "The keys come from {source}, so whoever keeps them there adds and removes them: put a new one "
    "first (`openssl rand -hex 32` makes one), keep the older ones behind it, let every process "
    "have them, and run `serai personal-keys reseal`."
)


class KeptKey(Struct, frozen=True):
    """A key of the data folder: where it lies, and since when."""

    id: str
    made_at: datetime
    path: Path


def open_ring(settings: Settings) -> KeyRing:
    """The keys of this installation, which may be none yet; raises ConfigurationError.

    Keys that are added or removed while the process runs are noticed, unless they come from the
    environment.
    """
    pepper = keep_secret(settings.home, PEPPER).encode()
    check_keys(settings)
    if settings.personal_keys is not None:
        keys = _read_keys(settings.personal_keys, "personal_keys")
        return KeyRing(lambda: keys, pepper=pepper)
    if settings.personal_keys_file is not None:
        path = settings.personal_keys_file
        return KeyRing(lambda: _read_file(path), lambda: _state(path), pepper)
    folder = settings.home / "secrets"
    return KeyRing(lambda: _read_folder(folder), lambda: _names(folder), pepper)


def check_keys(settings: Settings) -> int:
    """How many keys there are by now; raises ConfigurationError for what is none."""
    if settings.personal_keys is not None and settings.personal_keys_file is not None:
        raise ConfigurationError(
            "Both personal_keys and personal_keys_file are set; leave one of them out."
        )
    if settings.personal_keys is not None:
        return len(_read_keys(settings.personal_keys, "personal_keys"))
    if settings.personal_keys_file is not None:
        return len(_read_file(settings.personal_keys_file))
    return len(_read_folder(settings.home / "secrets"))


def source_of_keys(settings: Settings) -> str:
    """Where the keys come from, for a reader."""
    if settings.personal_keys is not None:
        return "the setting personal_keys"
    return str(settings.personal_keys_file or settings.home / "secrets")


def kept_keys(settings: Settings) -> list[KeptKey]:
    """The keys of the data folder, the newest first; raises where they come from elsewhere."""
    if settings.personal_keys is not None or settings.personal_keys_file is not None:
        raise ConfigurationError(OUTSIDE.format(source=source_of_keys(settings)))
    return _kept_in(settings.home / "secrets")


def make_key(settings: Settings, now: datetime, copies: Sequence[Path] = ()) -> str:
    """Make a key that seals from now on; its id. It is on disk in the folders `copies` first."""
    kept_keys(settings)
    secret = secrets.token_bytes(SECRET_BYTES)
    id = SealingKey(secret).id
    name = f"personal-key-{now.astimezone(UTC).strftime(_STAMP)}-{id}"
    for folder in (*copies, settings.home / "secrets"):
        write_private(folder / name, secret.hex(), _reader_of(folder))
        sync_folder(folder)
    return id


def _reader_of(folder: Path) -> str | None:
    """Whom a file there must belong to, when root writes it for the user who runs the platform."""
    owner = folder.stat().st_uid
    if os.geteuid() != 0 or owner == 0:
        return None
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        raise ConfigurationError(
            f"{folder} belongs to the user {owner}, who has no name here. Run the command as them."
        ) from None


def drop_key(kept: KeptKey) -> None:
    """Remove a key from the data folder; backups keep theirs."""
    kept.path.unlink(missing_ok=True)
    sync_folder(kept.path.parent)


def _names(folder: Path) -> list[str]:
    """The files of keys in a folder, the newest first; so few that looking is cheap."""
    try:
        return sorted((name for name in os.listdir(folder) if _NAMED.fullmatch(name)), reverse=True)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _kept_in(folder: Path) -> list[KeptKey]:
    found = [match for name in _names(folder) if (match := _NAMED.fullmatch(name))]
    return [
        KeptKey(
            match["id"],
            datetime.strptime(match["made"], _STAMP).replace(tzinfo=UTC),
            folder / match.string,
        )
        for match in found
    ]


def _read_folder(folder: Path) -> list[SealingKey]:
    keys = []
    for kept in _kept_in(folder):
        try:
            (key,) = _read_keys(kept.path.read_text(), str(kept.path))
        except FileNotFoundError:  # dropped in this moment
            continue
        except (ValueError, OSError):
            raise ConfigurationError(f"{kept.path} cannot be read as one key.") from None
        if key.id != kept.id:
            raise ConfigurationError(
                f"{kept.path} does not hold the key {kept.id}; bring the file back from a backup."
            )
        keys.append(key)
    return keys


def _read_file(path: Path) -> list[SealingKey]:
    try:
        if path.stat().st_mode & stat.S_IROTH:
            raise ConfigurationError(
                f"{path} holds keys, and every user of this machine may read it. "
                f"Run: chmod o-r {path}"
            )
        text = path.read_text()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(
            f"The file of the keys that seal personal data, {path}, cannot be read: {reason}."
        ) from None
    return _read_keys(text, str(path))


def _read_keys(text: str, source: str) -> list[SealingKey]:
    """Keys as they are written: 64 hexadecimal digits each, with commas or lines between them."""
    words = re.sub(r"#.*", "", text).replace(",", " ").split()
    for place, word in enumerate(words, 1):
        if not _WRITTEN.fullmatch(word):
            raise ConfigurationError(
                f"Key {place} of {source} is not 64 hexadecimal digits; "
                "`openssl rand -hex 32` makes one."
            )
    if not words:
        raise ConfigurationError(f"There is no key in {source}; `openssl rand -hex 32` makes one.")
    return [SealingKey(bytes.fromhex(word)) for word in words]


def _state(path: Path) -> object:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
