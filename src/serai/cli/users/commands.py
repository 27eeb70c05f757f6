"""The commands below `serai user` and `serai role`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from serai.cli.terminal import AsJson, console, print_json, settings_of_environment, settled

user = typer.Typer(help="People: let in, listed, sent away, given a new password.",
                   no_args_is_help=True)  # fmt: skip
role = typer.Typer(help="Roles: who may do what.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The sign-in name.")]
Node = Annotated[str, typer.Option("--node", help="The code of the node; else the group.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", help="Its first line is the password.")
]


@user.command("create")
def create_user(
    name: Name,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="A role; may be given twice. Else those of the first person."),
    ] = None,
    node: Node = "",
    display_name: Annotated[str, typer.Option("--shown-as", help="The name on pages.")] = "",
    email: Annotated[str, typer.Option(help="Their e-mail address.")] = "",
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody in: the first person, for one. Asks for a password, or makes one."""
    from serai.cli import serving
    from serai.cli.users import deeds

    password = deeds.read_password(password_file) or _asked()
    made = settled(
        serving.run(
            deeds.create(
                settings_of_environment(), name, role or [], node, display_name, email, password
            )
        )
    )
    _tell(made, f"{made.name} may sign in.", as_json)
    if made.advice:
        console.print(made.advice, markup=False)


@user.command("grant")
def grant_user(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="The role, as `serai role list` has it.")],
    node: Node = "",
    as_json: AsJson = False,
) -> None:
    """Grant somebody a role on a node, without a second person."""
    from serai.cli import serving
    from serai.cli.users import deeds

    settled(serving.run(deeds.grant(settings_of_environment(), name, role, node)))
    if as_json:
        print_json({"name": name, "role": role, "node": node})
    else:
        console.print(f"{name} holds {role}.", markup=False)


@user.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Show everybody, and what they hold."""
    from serai.cli.users import deeds

    rows = asyncio.run(deeds.listed(settings_of_environment()))
    if as_json:
        print_json(rows)
    else:
        deeds.print_users(rows, Console())


@user.command("disable")
def disable_user(
    name: Name,
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send somebody away: their sessions end at once."""
    from serai.cli import serving
    from serai.cli.users import deeds

    settled(serving.run(deeds.disable(settings_of_environment(), name, active=undo)))
    if as_json:
        print_json({"name": name, "active": undo})
    else:
        console.print(f"{name} may sign in again." if undo else f"{name} is out.", markup=False)


@user.command("password")
def give_user_password(
    name: Name, password_file: PasswordFile = None, as_json: AsJson = False
) -> None:
    """Give somebody another password. Asks for it, or makes one; their sessions end."""
    from serai.cli import serving
    from serai.cli.users import deeds

    password = deeds.read_password(password_file) or _asked()
    given = settled(serving.run(deeds.set_password(settings_of_environment(), name, password)))
    _tell(given, f"{given.name} has another password.", as_json)


@role.command("list")
def list_roles(as_json: AsJson = False) -> None:
    """Show every role: where it is granted, and what it may do there."""
    from serai.cli.users import deeds

    if as_json:
        print_json(deeds.roles())
    else:
        deeds.print_roles(deeds.roles(), Console())


def _asked() -> str | None:
    """A password that somebody types, if anybody sits there; none of their own is made for them."""
    if not sys.stdin.isatty():
        return None
    typed: str = typer.prompt(
        "Password (empty: one is made)", default="", hide_input=True, show_default=False, err=True
    )
    if typed and typed != typer.prompt("Once more", hide_input=True, err=True):
        console.print("These are two different passwords. Nothing was done.")
        raise typer.Exit(1)
    return typed or None


def _tell(made: object, done: str, as_json: bool) -> None:
    from serai.cli.users import deeds

    assert isinstance(made, deeds.UserMade)
    if as_json:
        print_json(made)
        return
    out = Console()
    out.print(done, markup=False, highlight=False)
    if made.password:
        out.print(
            f"Password: {made.password}\nIt is shown this once, and changed at the first sign-in.",
            markup=False, highlight=False,
        )  # fmt: skip
