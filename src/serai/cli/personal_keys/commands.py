"""The commands `serai personal-keys ...`."""

import typer
from rich.console import Console

from serai.cli.terminal import (
    AsJson,
    console,
    print_json,
    settings_of_environment,
    tell_wrong,
)

personal_keys = typer.Typer(
    name="personal-keys",
    help="The keys that seal telephones, e-mails, documents and authenticators.",
    no_args_is_help=True,
)


@personal_keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Show which keys there are, and how much each seals; never a key."""
    from serai.cli import serving
    from serai.cli.personal_keys import rotating

    listed = serving.run(rotating.listed(settings_of_environment()))
    print_json(listed) if as_json else rotating.print_list(listed, Console())
    if any(one.missing for one in listed):
        raise typer.Exit(1)


@personal_keys.command()
def rotate(as_json: AsJson = False) -> None:
    """Make a key that seals from now on, and seal anew what the older ones have sealed.

    The platform may run. Interrupted, `serai personal-keys reseal` goes on.
    """
    _reseal(as_json, with_new_key=True)


@personal_keys.command()
def reseal(as_json: AsJson = False) -> None:
    """Seal anew whatever is sealed by another key than the one that seals now."""
    _reseal(as_json, with_new_key=False)


@personal_keys.command()
def retire(as_json: AsJson = False) -> None:
    """Remove the older keys that nothing needs any more (exit 1 when one is still needed)."""
    from serai.cli import serving
    from serai.cli.personal_keys import rotating

    retired = serving.run(rotating.retire(settings_of_environment()))
    print_json(retired) if as_json else rotating.print_retired(retired, console)
    if retired.needed:
        raise typer.Exit(1)


def _reseal(as_json: bool, *, with_new_key: bool) -> None:
    from serai.cli import serving
    from serai.cli.personal_keys import rotating

    settings = settings_of_environment()
    try:
        with console.status("Sealing anew") as status:
            rotated = serving.run(
                rotating.reseal_all(
                    settings,
                    lambda rows: status.update(f"Sealing anew: {rows:,} rows"),
                    with_new_key=with_new_key,
                )
            )
    except KeyboardInterrupt:
        console.print("Stopped. `serai personal-keys reseal` goes on where it was.")
        raise typer.Exit(130) from None
    print_json(rotated) if as_json else rotating.print_rotated(rotated, console)
    if rotated.unopened:
        tell_wrong(
            "What is sealed of these customers or people could not be opened, and stays as it is: "
            + ", ".join(map(str, rotated.unopened[:20]))
        )
        raise typer.Exit(1)
