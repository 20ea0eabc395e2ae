"""What the measurements were made on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

from fxcaps.engine.kernels.instructions import Path as ProductPath
from fxcaps.engine.kernels.instructions import available, cpu_features

PACKAGES = (
    "fxcaps",
    "numpy",
    "numba",
    "llvmlite",
    "torch",
    "onnxruntime",
    "onnx",
    "apytypes",
    "fxpmath",
)

_TOLD = ("sse4.1", "avx2", "avx512f", "avx512bw", "avx512vnni", "avxvnni", "neon", "dotprod")


def machine() -> dict[str, Any]:
    """Processor, its features, versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "features": [name for name in _TOLD if name in cpu_features()],
        "paths": [path.value for path in ProductPath if available(path)],
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"Python": platform.python_version()} | _versions(),
    }


def load() -> float:
    """Processes that want a core, on the average of the last minute."""
    return round(os.getloadavg()[0], 1)


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """As the kernel names it: model, family."""
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return platform.processor() or platform.machine()
    first, _, _ = path.read_text(encoding="utf-8").partition("\n\n")
    lines = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in first.splitlines())
    }
    name = lines.get("model name", platform.machine())
    family, model = lines.get("cpu family"), lines.get("model")
    return f"{name}, family {family} model {model}" if family else name
