"""Parts of lists, as a directory asks for them and as far as it sees."""

from msgspec import Struct

from serai.cloud.directories.filters import Clause
from serai.cloud.directories.people import Directory, nodes_of


class Page(Struct, frozen=True):
    """Which part of a list is asked for, and in which order; the newest first by default."""

    offset: int = 0
    limit: int = 100
    sorted_by: str = ""
    descending: bool = False


def parameters_of(directory: Directory, clause: Clause) -> dict[str, object]:
    """What a statement is given: the nodes of the directory, and the values of a condition."""
    nodes = nodes_of(directory)
    return {
        "everybody": directory.nodes is None,
        "levels": [node.level for node in nodes],
        "nodes": [node.id for node in nodes],
        **clause.parameters,
    }
