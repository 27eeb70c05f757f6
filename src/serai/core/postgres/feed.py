"""Feeds a server that recovers with the segments it asks for.

The archive is private to the user who took the backups, and the server runs as another; so the
server asks through a folder of its own, and what it gets was checked on the way.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Callable
from pathlib import Path

from serai.core.postgres.folders import give, make_folder, private_file, write_private
from serai.core.postgres.segments import is_segment
from serai.core.postgres.wal import DamagedArchive, Wal

POLL_SECONDS = 0.01
ASKED = ".asked"
ANSWER = ".answer"
HERE, NONE, WRONG = "here", "none", "wrong"
# $PPID is the server's process that recovers; when it is gone nobody waits for an answer. An exit
# above 125 makes the server give up, where 1 would mean the end of the log.
SCRIPT = f"""\
feed=${{0%/*}}
: > "$feed/$1{ASKED}" || exit 255
until [ -e "$feed/$1{ANSWER}" ]; do
    kill -0 $PPID 2> /dev/null || exit 255
    sleep 0.01
done
read answer < "$feed/$1{ANSWER}"
rm "$feed/$1{ANSWER}"
case $answer in
    {HERE}) exec mv "$feed/$1" "$2" ;;
    {NONE}) exit 1 ;;
    *) exit 255 ;;
esac
"""


class Feed:
    """Answers what a recovering server asks for, out of an archive."""

    def __init__(
        self, folder: Path, user: str | None, wal: Wal, own_log: Path, told: Callable[[str], None]
    ) -> None:
        """`own_log` is the log that came with the base backup, where the server looks itself."""
        self._folder = folder
        self._user = user
        self._wal = wal
        self._own_log = own_log
        self._told = told
        self._task: asyncio.Task[None] | None = None
        self.problem: DamagedArchive | None = None

    def restore_command(self) -> str:
        """Return the command by which the server asks."""
        script = shlex.quote(str(self._folder / "fetch")).replace("%", "%%")
        return f"/bin/sh {script} %f %p"

    async def __aenter__(self) -> Feed:
        make_folder(self._folder, self._user)
        write_private(self._folder / "fetch", SCRIPT, self._user)
        self._task = asyncio.create_task(self._serve(), name="feed")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self) -> None:
        while True:
            for file in self._folder.glob(f"*{ASKED}"):
                name = file.name.removesuffix(ASKED)
                file.unlink()
                answer = await asyncio.to_thread(self._provide, name)
                write_private(self._folder / (name + ANSWER), answer, self._user)
            await asyncio.sleep(POLL_SECONDS)

    def _provide(self, name: str) -> str:
        try:
            content = self._wal.content(name)
            if content is None:
                self._check_end(name)
                return NONE
        except (DamagedArchive, OSError) as error:
            self.problem = (
                error if isinstance(error, DamagedArchive) else DamagedArchive(str(error))
            )
            return WRONG
        with private_file(self._folder / name) as stream:
            give(self._folder / name, self._user)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if is_segment(name):
            self._told(name)
        return HERE

    def _check_end(self, name: str) -> None:
        """Raise DamagedArchive when it is not the end of the log that the server has come to."""
        later = [held for held in self._wal.names() if held[:8] == name[:8] and held > name]
        if is_segment(name) and later and not (self._own_log / name).exists():
            raise DamagedArchive(
                f"The segment {name} is missing in {self._wal.folder}, and there are later ones. "
                "What was written after it cannot be restored from this base backup: "
                "restore to a moment before it, or from a later backup."
            )
