"""What each operation is: parameters, ports, shapes, formats, static ranges; no arithmetic."""

from fxcaps.ops.add import Add
from fxcaps.ops.agreement import Agreement
from fxcaps.ops.argmax import ArgmaxSquares, ArgmaxWords
from fxcaps.ops.conv2d import Conv2d
from fxcaps.ops.dynamic_routing import DynamicRouting, RoutingIteration
from fxcaps.ops.isqrt import Isqrt
from fxcaps.ops.layout import Concat, Reshape, Take, Transpose
from fxcaps.ops.length import Length
from fxcaps.ops.operation import Arithmetic, Operation, Part, Port
from fxcaps.ops.parameters import Parameters, decode, encode
from fxcaps.ops.quantize import Quantize
from fxcaps.ops.registry import (
    OPERATIONS,
    find_operation,
    find_parameters,
    operation_of,
    register,
)
from fxcaps.ops.requantize import Requantize
from fxcaps.ops.softmax import SoftmaxExact, SoftmaxLut
from fxcaps.ops.squash import EpsilonAt, SquashExact, SquashIsqrtDivide, SquashIsqrtFactor
from fxcaps.ops.squash_lut import OutOfRange, SquashLut, TableSource
from fxcaps.ops.squash_reconstruction import (
    SquashExp,
    SquashNorm,
    SquashPow2,
    SquashShiftReconstruction,
)
from fxcaps.ops.votes import Votes
from fxcaps.ops.weighted_sum import WeightedSum

__all__ = [
    "OPERATIONS",
    "Add",
    "Agreement",
    "ArgmaxSquares",
    "ArgmaxWords",
    "Arithmetic",
    "Concat",
    "Conv2d",
    "DynamicRouting",
    "EpsilonAt",
    "Isqrt",
    "Length",
    "Operation",
    "OutOfRange",
    "Parameters",
    "Part",
    "Port",
    "Quantize",
    "Requantize",
    "Reshape",
    "RoutingIteration",
    "SoftmaxExact",
    "SoftmaxLut",
    "SquashExact",
    "SquashExp",
    "SquashIsqrtDivide",
    "SquashIsqrtFactor",
    "SquashLut",
    "SquashNorm",
    "SquashPow2",
    "SquashShiftReconstruction",
    "TableSource",
    "Take",
    "Transpose",
    "Votes",
    "WeightedSum",
    "decode",
    "encode",
    "find_operation",
    "find_parameters",
    "operation_of",
    "register",
]
