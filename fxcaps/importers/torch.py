"""Files of torch.save, weights only: nothing in them is ever executed."""

from __future__ import annotations

import re
import tarfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.importers.npz import members
from fxcaps.importers.source import Source, check_size, one_line, optional_module
from fxcaps.types import Reason, Rejection

_SAFE_SINCE = (2, 6)
"""Before this version, weights_only=True could be made to run code (CVE-2025-32434)."""

_WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Under which checkpoints keep the weights, beside epochs and optimizers."""

_REFUSED = re.compile(r"GLOBAL ([\w.]+)")
"""In the messages of torch: what a pickle wanted to call."""


def recognise(head: bytes, path: Path) -> bool:
    """A zip archive with `data.pkl`, or a bare pickle or tar, as torch wrote before 1.6."""
    if head.startswith(b"PK"):
        return any(name.rpartition("/")[2] == "data.pkl" for name in members(path))
    return head.startswith(b"\x80") or head[257:262] == b"ustar"


def read(path: Path) -> Source:
    """Every tensor of a state dict, or of the one in a checkpoint.

    Rejects an absent or old torch, damage, anything that is not weights, and tensors without a
    plain array.
    """
    torch = optional_module("torch", "torch", path, "files of torch.save")
    _check_version(str(torch.__version__), path)
    if path.is_file() and tarfile.is_tarfile(path):
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: a tar archive, as torch wrote before 0.4, cannot be loaded safely",
        )
    found = _load(torch, path)
    within = None
    if isinstance(found, Mapping):
        within = next((key for key in _WRAPPERS if isinstance(found.get(key), Mapping)), None)
        found = found if within is None else found[within]
    if not isinstance(found, Mapping):
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: expected a dictionary of tensors, found {type(found).__name__}; "
            "save model.state_dict()",
        )
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise Rejection(
                Reason.FILE_FOREIGN,
                f"{path}: expected tensors by name, found {type(value).__name__} at {name!r:.60}; "
                "save model.state_dict()",
            )
    check_size(((n, tuple(t.shape), t.element_size()) for n, t in found.items()), path)
    arrays = {name: _array(torch, tensor, f"{path}: {name!r}") for name, tensor in found.items()}
    return Source(arrays, within=within)


def _check_version(version: str, path: Path) -> None:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if not numbers or tuple(int(number) for number in numbers.groups()) < _SAFE_SINCE:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{path}: torch {version} cannot load weights safely (CVE-2025-32434); "
            'install another with: pip install "fxcaps[torch]"',
        )


def _load(torch: Any, path: Path) -> Any:
    try:
        with warnings.catch_warnings(), path.open("rb") as stream:
            warnings.simplefilter("ignore")  # a refusal is one line
            return torch.load(stream, map_location="cpu", weights_only=True)
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    except Exception as error:  # torch meets damage with many types
        text = str(error)
        refused = _REFUSED.search(text)
        if refused:
            line = f"holds {refused[1]}, not weights alone, and is not loaded"
        elif "TorchScript" in text:
            line = "a TorchScript archive holds code, not weights alone, and is not loaded"
        elif "Unsupported operand" in text:
            line = "a pickle, not weights alone, and is not loaded"
        else:
            raise Rejection(
                Reason.FILE_FOREIGN,
                f"{path}: not a whole file of torch ({type(error).__name__}: {one_line(error)})",
            ) from error
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: {line}; save model.state_dict()") from error


def _array(torch: Any, tensor: Any, where: str) -> NDArray[Any]:
    """The values of a tensor; bfloat16 becomes float32, which holds it exactly."""
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    try:
        return np.array(tensor.detach().contiguous().numpy())
    except (TypeError, RuntimeError) as error:  # sparse, quantised, without storage
        raise Rejection(
            Reason.DATA_INVALID, f"{where}: no plain array ({one_line(error)})"
        ) from error
