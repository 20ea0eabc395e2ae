"""What each operation is: parameters, ports, shapes, formats, static ranges; no arithmetic."""

from fxcaps.ops.add import Add, AddLanes, AddShift
from fxcaps.ops.affine import Affine
from fxcaps.ops.agreement import Agreement
from fxcaps.ops.argmax import ArgmaxSquares, ArgmaxSticky, ArgmaxWords
from fxcaps.ops.conv2d import Conv2d, Conv2dPulp
from fxcaps.ops.conv_routing import ConvRouting, SoftmaxAxes, SquashAxes
from fxcaps.ops.conv_votes import ConvVotes
from fxcaps.ops.dense import Dense
from fxcaps.ops.divide import DivideExact, DivideReciprocal, ZeroDivisor
from fxcaps.ops.dynamic_routing import DynamicRouting
from fxcaps.ops.extend import register_algorithm, register_operation
from fxcaps.ops.isqrt import Isqrt
from fxcaps.ops.layout import Concat, Mask, Reshape, Take, Transpose
from fxcaps.ops.length import Length
from fxcaps.ops.operation import Arithmetic, Operation, Part, Port
from fxcaps.ops.parameters import Parameters, decode, encode
from fxcaps.ops.quantize import Quantize
from fxcaps.ops.registry import (
    OPERATIONS,
    find_function,
    find_operation,
    find_parameters,
    load_plugins,
    operation_of,
    require_function,
)
from fxcaps.ops.relu import Relu
from fxcaps.ops.requantize import Requantize
from fxcaps.ops.rescale import RescaleDouble, RescaleSingle, RescaleTosaDouble
from fxcaps.ops.routing import RoutingIteration
from fxcaps.ops.sigmoid import SigmoidExact, SigmoidLut
from fxcaps.ops.softmax import SoftmaxConstant, SoftmaxExact
from fxcaps.ops.softmax_lut import SoftmaxLut, SoftmaxLutReciprocal
from fxcaps.ops.softmax_power import SoftmaxB2, SoftmaxLnu, SoftmaxTaylor
from fxcaps.ops.softmax_q7 import SoftmaxQ7
from fxcaps.ops.squash import EpsilonAt, SquashExact, SquashIsqrtDivide, SquashIsqrtFactor
from fxcaps.ops.squash_lut import OutOfRange, SquashLut, TableSource
from fxcaps.ops.squash_q7 import SquashQ7
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
    "AddLanes",
    "AddShift",
    "Affine",
    "Agreement",
    "ArgmaxSquares",
    "ArgmaxSticky",
    "ArgmaxWords",
    "Arithmetic",
    "Concat",
    "Conv2d",
    "Conv2dPulp",
    "ConvRouting",
    "ConvVotes",
    "Dense",
    "DivideExact",
    "DivideReciprocal",
    "DynamicRouting",
    "EpsilonAt",
    "Isqrt",
    "Length",
    "Mask",
    "Operation",
    "OutOfRange",
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
    "SigmoidExact",
    "SigmoidLut",
    "SoftmaxAxes",
    "SoftmaxB2",
    "SoftmaxConstant",
    "SoftmaxExact",
    "SoftmaxLnu",
    "SoftmaxLut",
    "SoftmaxLutReciprocal",
    "SoftmaxQ7",
    "SoftmaxTaylor",
    "SquashAxes",
    "SquashExact",
    "SquashExp",
    "SquashIsqrtDivide",
    "SquashIsqrtFactor",
    "SquashLut",
    "SquashNorm",
    "SquashPow2",
    "SquashQ7",
    "SquashShiftReconstruction",
    "TableSource",
    "Take",
    "Transpose",
    "Votes",
    "WeightedSum",
    "ZeroDivisor",
    "decode",
    "encode",
    "find_function",
    "find_operation",
    "find_parameters",
    "load_plugins",
    "operation_of",
    "register_algorithm",
    "register_operation",
    "require_function",
]
