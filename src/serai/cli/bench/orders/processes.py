"""How much of the processors a platform has used: the server, and its PostgreSQL."""

from msgspec import Struct

from serai.cli.bench.processes import running


class Used(Struct, frozen=True):
    """Seconds of CPU, user and system."""

    server: float
    postgres: float

    def __sub__(self, earlier: "Used") -> "Used":
        return Used(self.server - earlier.server, self.postgres - earlier.postgres)


def used(server: int, postmaster: int) -> Used:
    """What these processes have used up to now, PostgreSQL's with all of its own."""
    seconds, postgres = 0.0, 0.0
    for one in running():
        if one.id == server:
            seconds = one.seconds
        elif one.id == postmaster:
            postgres += one.seconds + one.ended_seconds
        elif one.parent == postmaster:
            postgres += one.seconds
    return Used(seconds, postgres)
