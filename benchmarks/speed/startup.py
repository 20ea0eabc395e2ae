"""What a user waits for before the first word: importing, compiling, loading."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.speed.row import Amount, Gap, Setting

ROOT = Path(__file__).parents[2]


def _seconds(*arguments: str, cache: str | None = None) -> tuple[float, str]:
    """Seconds of a fresh interpreter, and what it printed."""
    environment = os.environ | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - started, done.stdout


def importing(setting: Setting) -> Amount:
    """Seconds of `import fxcaps` in a fresh interpreter."""
    code = "import time; t = time.perf_counter(); import fxcaps; print(time.perf_counter() - t)"
    _seconds("-c", code)
    rounds = [float(_seconds("-c", code)[1]) for _ in range(setting.rounds)]
    empty = [_seconds("-c", "")[0] for _ in range(setting.rounds)]
    note = f"median of {setting.rounds}; an empty interpreter takes {median(empty):.2f} s"
    return Amount(median(rounds), note, {"rounds": rounds})


def warming(setting: Setting) -> Amount:
    """Seconds of `fxcaps warmup` without a cache, and of the same from the cache."""
    if setting.quick:
        raise Gap("compiling takes too long for a quick run")
    with tempfile.TemporaryDirectory() as cache:
        first, printed = _seconds("-m", "fxcaps.cli.main", "warmup", cache=cache)
        before = sorted(Path(cache).rglob("*"))
        second, _ = _seconds("-m", "fxcaps.cli.main", "warmup", cache=cache)
        size = sum(path.stat().st_size for path in before if path.is_file())
        expected = sorted(Path(cache).rglob("*")) == before
    compiled = re.findall(r"(\d+) functions", printed)
    note = (
        f"{compiled[0]} functions, {size / 1e6:.1f} MB of cache; the same from the cache "
        f"{second:.1f} s, {'which adds no file' if expected else 'which adds files'}"
    )
    return Amount(first, note, {"again": second})
