"""What the rounds came to, in figures, and how it is printed."""

import statistics
from collections.abc import Callable, Sequence

from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from serai.cli.bench.faults.judge import Flaw

HEADINGS = ("fault", "rounds", "done", "refused", "unknown", "kept", "503", "broken",
            "p50 s", "most s", "findings")  # fmt: skip
EXPLAINED = (
    "unknown: no answer at first, one when asked again under the same key; kept: those of them "
    "that had been done. p50, most: seconds without any answer after the fault."
)


class Round(Struct, frozen=True, kw_only=True):
    """One round: what callers heard, how long they heard nothing after the fault, what is wrong.

    `resolved` may have been done without an answer, and got one when asked again; `replayed` of
    them had been done. `away` were told that the platform cannot serve (503), `broken` lost their
    connection. A round that could not be played says why in `skipped`.
    """

    fault: str
    number: int
    acknowledged: int = 0
    refused: int = 0
    resolved: int = 0
    replayed: int = 0
    away: int = 0
    broken: int = 0
    silence_seconds: float = 0.0
    seconds: float = 0.0
    restarted: bool = False
    flaws: tuple[Flaw, ...] = ()
    skipped: str = ""


class FaultFigures(Struct, frozen=True, kw_only=True):
    """All rounds of one fault; `restarted` are those in which the platform had to be started
    again by hand, `unknown_done` had been done although nobody was told. Recovery is the longest
    time without any answer after the fault."""

    fault: str
    rounds: int
    skipped: int
    acknowledged: int
    refused: int
    unknown_resolved: int
    unknown_done: int
    away: int
    broken: int
    restarted: int
    recovery_p50_seconds: float
    recovery_most_seconds: float
    findings: int


class FoundFlaw(Struct, frozen=True):
    """A flaw, and the round to play again with `--seed` and `--only` to see it."""

    fault: str
    number: int
    kind: str
    says: str


class Report(Struct, frozen=True, kw_only=True):
    """What `serai bench faults --json` prints."""

    passed: bool
    seed: int
    rounds: int
    skipped: int
    seconds: float
    faults: tuple[FaultFigures, ...]
    findings: tuple[FoundFlaw, ...]
    reasons_skipped: tuple[str, ...]


def report_of(rounds: Sequence[Round], faults: Sequence[str], seed: int, seconds: float) -> Report:
    """The figures of many rounds."""
    findings = tuple(
        FoundFlaw(one.fault, one.number, flaw.kind, flaw.says)
        for one in rounds
        for flaw in one.flaws
    )
    return Report(
        passed=not findings,
        seed=seed,
        rounds=len(rounds),
        skipped=sum(bool(one.skipped) for one in rounds),
        seconds=round(seconds, 1),
        faults=tuple(_figures(fault, rounds) for fault in faults),
        findings=findings,
        reasons_skipped=tuple(sorted({one.skipped for one in rounds if one.skipped})),
    )


def _figures(fault: str, rounds: Sequence[Round]) -> FaultFigures:
    own = [one for one in rounds if one.fault == fault]
    played = [one for one in own if not one.skipped]
    silences = [one.silence_seconds for one in played]
    return FaultFigures(
        fault=fault,
        rounds=len(own),
        skipped=len(own) - len(played),
        acknowledged=sum(one.acknowledged for one in played),
        refused=sum(one.refused for one in played),
        unknown_resolved=sum(one.resolved for one in played),
        unknown_done=sum(one.replayed for one in played),
        away=sum(one.away for one in played),
        broken=sum(one.broken for one in played),
        restarted=sum(one.restarted for one in played),
        recovery_p50_seconds=round(statistics.median(silences), 2) if silences else 0.0,
        recovery_most_seconds=round(max(silences, default=0.0), 2),
        findings=sum(len(one.flaws) for one in played),
    )


def show_progress(console: Console) -> Callable[[Round], None]:
    """What prints a line for each round as it ends."""

    def show(one: Round) -> None:
        said = f"round {one.number}, {one.fault}: "
        if one.skipped:
            said += f"skipped, {one.skipped}"
        else:
            said += (
                f"{one.acknowledged} done, {one.refused} refused, {one.resolved} unknown at first; "
                f"{one.silence_seconds:.2f} s without an answer; "
                f"{len(one.flaws) or 'no'} findings; {one.seconds:.1f} s"
            )
        console.print(
            escape(said), style="bold red" if one.flaws else "", highlight=False, soft_wrap=True
        )

    return show


def print_report(report: Report, console: Console) -> None:
    """A line for each fault, then what was found."""
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "fault" else "right")
    for one in report.faults:
        table.add_row(
            one.fault, f"{one.rounds - one.skipped}", f"{one.acknowledged:,}",
            f"{one.refused:,}", f"{one.unknown_resolved:,}", f"{one.unknown_done:,}",
            f"{one.away:,}", f"{one.broken:,}", f"{one.recovery_p50_seconds:.2f}",
            f"{one.recovery_most_seconds:.2f}", f"{one.findings or '-'}",
            style="bold red" if one.findings else "",
        )  # fmt: skip
    console.print(table)
    console.print(EXPLAINED, style="dim")
    for finding in report.findings:
        console.print(
            f"[bold red]{finding.kind}[/] in round {finding.number} ({finding.fault}): "
            f"{escape(finding.says)}",
            highlight=False,
        )
    for reason in report.reasons_skipped:
        console.print(
            f"[yellow]{report.skipped} rounds skipped:[/] {escape(reason)}", highlight=False
        )
    verdict = "[bold green]Nothing was lost, doubled or out of balance.[/]"
    if not report.passed:
        verdict = f"[bold red]{len(report.findings)} findings.[/]"
    console.print(f"\n{verdict} {report.rounds} rounds of seed {report.seed} in {report.seconds} s")
