"""What each operation is: parameters, ports, shapes, formats, static ranges; no arithmetic."""

from fxcaps.ops.add import Add
from fxcaps.ops.agreement import Agreement
from fxcaps.ops.argmax import ArgmaxSquares, ArgmaxWords
from fxcaps.ops.conv2d import Conv2d
from fxcaps.ops.divide import DivideExact, DivideReciprocal, ZeroDivisor
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
from fxcaps.ops.sigmoid import SigmoidExact, SigmoidLut
from fxcaps.ops.softmax import SoftmaxConstant, SoftmaxExact
from fxcaps.ops.softmax_lut import SoftmaxLut, SoftmaxLutReciprocal
from fxcaps.ops.softmax_power import SoftmaxB2, SoftmaxLnu, SoftmaxTaylor
from fxcaps.ops.squash import SquashExact, SquashIsqrtDivide
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
    "DivideExact",
    "DivideReciprocal",
    "DynamicRouting",
    "Isqrt",
    "Length",
    "Operation",
    "Parameters",
    "Part",
    "Port",
    "Quantize",
    "Requantize",
    "Reshape",
    "RoutingIteration",
    "SigmoidExact",
    "SigmoidLut",
    "SoftmaxB2",
    "SoftmaxConstant",
    "SoftmaxExact",
    "SoftmaxLnu",
    "SoftmaxLut",
    "SoftmaxLutReciprocal",
    "SoftmaxTaylor",
    "SquashExact",
    "SquashIsqrtDivide",
    "Take",
    "Transpose",
    "Votes",
    "WeightedSum",
    "ZeroDivisor",
    "decode",
    "encode",
    "find_operation",
    "find_parameters",
    "operation_of",
    "register",
]
