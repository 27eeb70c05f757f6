"""Secrets of this installation: made at the first start, kept in the data folder."""

import os
import secrets
from pathlib import Path


def keep_secret(home: Path, name: str) -> str:
    """The secret `name` of the data folder, made when there is none; only its owner may read it."""
    folder = home / "secrets"
    path = folder / name
    if path.exists():
        return path.read_text()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{name}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(fresh, path)  # whoever comes first; and whole, or not at all
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text()
