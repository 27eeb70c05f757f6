"""The commands `serai scim ...`."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import AsJson, console, print_json, settings_of_environment, settled

scim = typer.Typer(
    name="scim",
    help="Groups that a provider of identity tells of, and the roles they give.",
    no_args_is_help=True,
)

Group = Annotated[str, typer.Argument(help="The group: its id, its externalId, or its name.")]
Role = Annotated[str, typer.Option("--role", help="The role, as `serai role list` has it.")]
Node = Annotated[str, typer.Option("--node", help="The code of the node; else the group's own.")]


@scim.command()
def bind(group: Group, role: Role, node: Node = "", as_json: AsJson = False) -> None:
    """Let whoever is in a group hold a role on a node, from now on."""
    from serai.cli import serving
    from serai.cli.scim import binding

    settings = settings_of_environment()
    bound = settled(serving.run(binding.bind(settings, group, role, node)))
    if as_json:
        print_json(bound)
    else:
        console.print(f"{bound.group} gives {role}; it has {bound.members} members.", markup=False)


@scim.command()
def unbind(group: Group, role: Role, node: Node = "", as_json: AsJson = False) -> None:
    """End a binding, and the roles that it gave."""
    from serai.cli import serving
    from serai.cli.scim import binding

    settings = settings_of_environment()
    ended = settled(serving.run(binding.unbind(settings, group, role, node)))
    if as_json:
        print_json(ended)
    else:
        console.print(f"{ended.group} gives {role} no more.", markup=False)


@scim.command("groups")
def list_groups(as_json: AsJson = False) -> None:
    """Show every group, and what it is bound to."""
    from serai.cli.scim import binding

    rows = asyncio.run(binding.listed(settings_of_environment()))
    print_json(rows) if as_json else binding.print_groups(rows, Console())
