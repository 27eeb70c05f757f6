"""`serai bench faults`: what goes wrong in life, done on purpose under load, and judged after."""

from serai.cli.bench.faults.figures import Report, print_report
from serai.cli.bench.faults.judge import Flaw, judge
from serai.cli.bench.faults.rounds import FAULTS, bench_faults

__all__ = ["FAULTS", "Flaw", "Report", "bench_faults", "judge", "print_report"]
