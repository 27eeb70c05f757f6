"""What every command speaks through: the terminal, the log, JSON for programs, the environment."""

import os
import sys
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from serai.cli.logs import open_log
from serai.cloud import Origin
from serai.core import LogFormat, Refusal, Settings

console = Console(stderr=True)
COMMAND_LINE = Origin("command line")
"""Where a command's deeds come from."""

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Answer = TypeVar("Answer")


def speak_plainly(format: LogFormat = "auto") -> None:
    """Log to stderr, as text or for programs."""
    open_log(format)


def settings_of_environment() -> Settings:
    """What this process was told by its environment, and by a file; the log follows it."""
    settings = Settings.from_environment(os.environ)
    open_log(settings.log_format)
    return settings


def tell_wrong(what: str) -> None:
    """Tell what is wrong, on one line: a path or a command in it can be found and copied whole."""
    console.print(f"[bold red]serai:[/] {escape(what)}", highlight=False, soft_wrap=True)


def settled(answer: Answer | Refusal) -> Answer:
    """The answer, unless it is a refusal: that is told, and the command fails."""
    if isinstance(answer, Refusal):
        tell_wrong(f"{answer.says} {answer.advice}")
        raise typer.Exit(1)
    return answer


def print_json(answer: Any) -> None:
    """Print an answer for a program, on a line of its own."""
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
