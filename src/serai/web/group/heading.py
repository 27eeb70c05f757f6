"""What the console is headed with: what somebody is there for."""

from collections.abc import Collection, Mapping, Sequence
from typing import get_args

from serai.cloud import Actor, Level, Node, Organisation, Right, node_at
from serai.web.group.directory import Named, name_of
from serai.web.languages import NN_, Language, translations

_COUNTED: Mapping[Level, tuple[str, str]] = {
    "brand": NN_("{count} brand", "{count} brands"),
    "entity": NN_("{count} legal entity", "{count} legal entities"),
    "operator": NN_("{count} operator", "{count} operators"),
    "city": NN_("{count} city", "{count} cities"),
    "store": NN_("{count} store", "{count} stores"),
}


def heading_of(actor: Actor, right: Right, organisation: Organisation, language: Language) -> str:
    """The name of the node on which somebody has a right; of several on an axis it is said how
    many there are. Whoever has it on the group is there for all of it."""
    group = name_of(organisation.group, language)
    held = set(() if actor.holdings is None else actor.nodes(right))
    if any(node.level == "group" for node in held):
        return group
    parts = []
    for level in get_args(Level):
        nodes = [node for node in held if node.level == level and level in _COUNTED]
        if nodes:
            parts.append(_said(level, nodes, organisation, language))
    return " · ".join(parts) or group


def only_name(nodes: Collection[Named], language: Language) -> str:
    """The name of the one node there is; nothing where there are several."""
    return name_of(next(iter(nodes)), language) if len(nodes) == 1 else ""


def _said(
    level: Level, nodes: Sequence[Node], organisation: Organisation, language: Language
) -> str:
    only = node_at(organisation, nodes[0]) if len(nodes) == 1 else None
    if only is not None:
        return name_of(only, language)
    counted = translations(language).ngettext(*_COUNTED[level], len(nodes))
    return counted.format(count=len(nodes))
