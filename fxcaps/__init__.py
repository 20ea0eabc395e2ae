"""fxcaps: the arithmetic of capsule networks in integers, bit for bit.

Names are loaded on first use, so that importing the package costs little.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "fxcaps.types": ("Accumulator Check Event Format Overflow Reason Rejection Rounding Tensor"),
    "fxcaps.ops": (
        "Add Agreement ArgmaxSquares ArgmaxWords Arithmetic Concat Conv2d DynamicRouting Isqrt "
        "Length Parameters Quantize Requantize Reshape RoutingIteration SoftmaxExact SoftmaxLut "
        "SquashExact SquashIsqrtDivide Take Transpose Votes WeightedSum "
        "ConvRouting ConvVotes SoftmaxAxes SquashAxes "
        "Affine Dense Mask Relu RescaleDouble RescaleSingle RescaleTosaDouble "
        "DivideExact DivideReciprocal SigmoidExact SigmoidLut SoftmaxB2 SoftmaxConstant SoftmaxLnu "
        "SoftmaxLutReciprocal SoftmaxTaylor ZeroDivisor "
        "EpsilonAt OutOfRange SquashExp SquashIsqrtFactor SquashLut SquashNorm SquashPow2 "
        "SquashShiftReconstruction TableSource "
        "AddLanes AddShift ArgmaxSticky Conv2dPulp SoftmaxQ7 SquashQ7 "
        "register_algorithm register_operation"
    ),
    # The operation quantize is fxcaps.oracle.quantize: fxcaps.quantize is the package.
    "fxcaps.oracle": (
        "add agreement argmax conv2d dynamic_routing evaluate isqrt layout length requantize "
        "softmax squash votes weighted_sum conv_routing conv_votes "
        "affine dense divide relu rescale sigmoid"
    ),
    "fxcaps.network": (
        "Network Program architecture expand load_program macs memory save_network save_program "
        "save_trace with_parameters"
    ),
    "fxcaps.profiles": "Profile load_profile",
    "fxcaps.datasets": "digits",
    "fxcaps.quantize": "Calibration",
    "fxcaps.importers": "import_file",
    "fxcaps.api": (
        "calibrate compare diagnose explain load_network predict prune_network quantize_network "
        "run warmup"
    ),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = ["__version__", *_MODULE]  # noqa: PLE0604 - the names above


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module 'fxcaps' has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
