"""`serai audit`: every invariant of the books and the records, checked in one snapshot."""

import sys
from time import perf_counter

import msgspec
from rich.console import Console
from rich.table import Table

from serai.cli.running import find_database
from serai.core import Settings
from serai.flows import audit as audit_house
from serai.ledger import Finding


class AuditReport(msgspec.Struct, frozen=True):
    """What `serai audit --json` prints."""

    passed: bool
    seconds: float
    findings: tuple[Finding, ...]


async def audit(settings: Settings) -> AuditReport:
    """Audit the data folder's database, whether or not the platform runs."""
    began = perf_counter()
    async with find_database(settings) as urls:
        findings = tuple(await audit_house(urls.platform))
    passed = not any(finding.failed for finding in findings)
    return AuditReport(passed, round(perf_counter() - began, 2), findings)


def print_report(report: AuditReport, console: Console, *, as_json: bool) -> None:
    """Tell what was checked and how much of it, and name the rows that fail."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("invariant")
    table.add_column("checked", justify="right")
    table.add_column("failed", justify="right")
    for finding in report.findings:
        style = "bold red" if finding.failed else ""
        failed = f"{finding.failed:,}" if finding.failed else "-"
        table.add_row(finding.invariant, f"{finding.checked:,}", failed, style=style)
    console.print(table)
    for finding in report.findings:
        if finding.failed:
            console.print(f"\n[bold red]{finding.invariant}[/]")
            for failure in finding.failures:
                console.print(f"  {failure}", highlight=False, markup=False)
            if finding.failed > len(finding.failures):
                console.print(f"  and {finding.failed - len(finding.failures):,} more")
    verdict = "[bold green]The books are whole.[/]"
    if not report.passed:
        verdict = "[bold red]The books are damaged.[/]"
    console.print(f"\n{verdict} {report.seconds} s")
