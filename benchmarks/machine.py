"""What the machine says: processor time and memory of processes, and what the machine is.

Linux: https://man7.org/linux/man-pages/man5/proc.5.html
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def processor_seconds(processes: Iterable[int]) -> float:
    """Time on a processor so far, of these processes and of their children that have ended."""
    return sum(_ticks(process) for process in processes) / _TICKS_A_SECOND


def peak_megabytes(process: int) -> float:
    """The most memory the process has had in use, in units of 1,000,000 bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1_000_000
    return 0.0


def family(process: int) -> list[int]:
    """The process and all that descend from it."""
    parents = _parents()
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def with_command(words: Iterable[str]) -> list[int]:
    """Processes whose command line holds all of the words, as arguments of their own."""
    wanted = set(words)
    return [
        process
        for process in _processes()
        if wanted <= set(_read(f"/proc/{process}/cmdline").split("\0"))
    ]


def description() -> list[tuple[str, str]]:
    """The machine and what runs on it, as (name, value)."""
    models = [
        line.partition(":")[2].strip()
        for line in _read("/proc/cpuinfo").splitlines()
        if line.startswith("model name")
    ]
    memory = int(_read("/proc/meminfo").split()[1]) * 1024 / 1e9
    return [
        ("Processor", f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"),
        ("Memory", f"{memory:.0f} GB"),
        ("Kernel", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
    ]


def durable_write_milliseconds(folder: Path) -> float:
    """What it takes to write 8 kB so that they survive a power cut: the median of a hundred."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(100):
            os.write(file.fileno(), bytes(8192))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def load_average() -> float:
    """Of the last minute: what else keeps the machine busy."""
    return os.getloadavg()[0]


def busy_seconds() -> float:
    """Time that the processors have spent on anything so far, all together."""
    user, nice, system, _, _, irq, softirq, steal = _read("/proc/stat").split()[1:9]
    ticks = (user, nice, system, irq, softirq, steal)
    return sum(int(one) for one in ticks) / _TICKS_A_SECOND


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _parents() -> dict[int, int]:
    parents = {}
    for process in _processes():
        fields = _stat(process)
        if fields:
            parents[process] = int(fields[1])
    return parents


def _ticks(process: int) -> int:
    fields = _stat(process)
    return sum(int(field) for field in fields[11:15]) if fields else 0


def _stat(process: int) -> list[str]:
    """The fields after the command's name, which may hold spaces; empty when it has ended."""
    return _read(f"/proc/{process}/stat").rpartition(")")[2].split()


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
