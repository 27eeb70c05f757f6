"""`serai bench faults`: what goes wrong in life, done on purpose under load, and judged after."""

from serai.cli.bench.faults.figures import Report, Round, print_report, show_progress
from serai.cli.bench.faults.judge import Flaw, judge, resolve
from serai.cli.bench.faults.load import Load, Note
from serai.cli.bench.faults.rounds import FAULTS, bench_faults, play_round
from serai.cli.bench.faults.stage import Stage, open_stage

__all__ = [
    "FAULTS",
    "Flaw",
    "Load",
    "Note",
    "Report",
    "Round",
    "Stage",
    "bench_faults",
    "judge",
    "open_stage",
    "play_round",
    "print_report",
    "resolve",
    "show_progress",
]
