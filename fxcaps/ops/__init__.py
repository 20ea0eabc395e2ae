"""What each operation is: parameters, ports, shapes, formats, static ranges; no arithmetic."""

from fxcaps.ops.add import Add
from fxcaps.ops.affine import Affine
from fxcaps.ops.agreement import Agreement
from fxcaps.ops.argmax import ArgmaxSquares, ArgmaxWords
from fxcaps.ops.conv2d import Conv2d
from fxcaps.ops.dense import Dense
from fxcaps.ops.dynamic_routing import DynamicRouting, RoutingIteration
from fxcaps.ops.isqrt import Isqrt
from fxcaps.ops.layout import Concat, Mask, Reshape, Take, Transpose
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
from fxcaps.ops.relu import Relu
from fxcaps.ops.requantize import Requantize
from fxcaps.ops.rescale import RescaleDouble, RescaleSingle, RescaleTosaDouble
from fxcaps.ops.softmax import SoftmaxExact, SoftmaxLut
from fxcaps.ops.squash import SquashExact, SquashIsqrtDivide
from fxcaps.ops.votes import Votes
from fxcaps.ops.weighted_sum import WeightedSum

__all__ = [
    "OPERATIONS",
    "Add",
    "Affine",
    "Agreement",
    "ArgmaxSquares",
    "ArgmaxWords",
    "Arithmetic",
    "Concat",
    "Conv2d",
    "Dense",
    "DynamicRouting",
    "Isqrt",
    "Length",
    "Mask",
    "Operation",
    "Parameters",
    "Part",
    "Port",
    "Quantize",
    "Relu",
    "Requantize",
    "RescaleDouble",
    "RescaleSingle",
    "RescaleTosaDouble",
    "Reshape",
    "RoutingIteration",
    "SoftmaxExact",
    "SoftmaxLut",
    "SquashExact",
    "SquashIsqrtDivide",
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
