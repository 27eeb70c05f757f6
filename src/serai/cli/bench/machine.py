"""What a figure was measured on: the machine, and the memory that processes have taken."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

KIBIBYTES_IN_MEBIBYTE = 1024


class Machine(Struct, frozen=True):
    """The machine of a measurement, and how busy others kept it before (load of one minute)."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    load_before: float


def this_machine() -> Machine:
    """The machine that this process runs on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(pages / 1e9, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load_before=round(os.getloadavg()[0], 2),
    )


def peak_rss_mb(processes: Iterable[int]) -> float:
    """The most memory that any one of these processes has held at once, in MB."""
    return round(max((_peak(process) for process in processes), default=0.0), 1)


def _peak(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:  # it has ended
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / KIBIBYTES_IN_MEBIBYTE
    return 0.0


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
