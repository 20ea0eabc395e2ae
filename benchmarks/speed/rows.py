"""The table of targets, row by row."""

from __future__ import annotations

from functools import partial

from benchmarks.speed import ceiling, networks, products, search, simulators, startup
from benchmarks.speed.memory import streaming
from benchmarks.speed.row import Kind, Row

_CONV = "primary convolution of ShallowCaps with its epilogue, "
_SHALLOW = "ShallowCaps, 8-bit words, `isqrt_divide` and `lut`"

ROWS = (
    Row(
        "matrix8",
        "matrix product, 8-bit words, K = 20736, N = 256",
        "PyTorch `_int_mm`",
        1.0,
        products.matrix8,
    ),
    Row(
        "matrix8-ceiling",
        "the same",
        "as many products of the instruction alone, on words in the first-level cache",
        None,
        ceiling.instruction_alone,
    ),
    Row(
        "conv-onnx",
        f"{_CONV}u8 x s8",
        "ONNX Runtime QLinearConv",
        0.9,
        partial(products.beside_onnx, signed=False),
    ),
    Row(
        "conv-torch",
        f"{_CONV}u8 x s8",
        "PyTorch quantized conv2d (x86)",
        0.9,
        products.beside_torch,
    ),
    Row(
        "conv-signed",
        f"{_CONV}s8 x s8",
        "ONNX Runtime QLinearConv",
        25.0,
        partial(products.beside_onnx, signed=True),
    ),
    Row(
        "matrix16",
        "matrix product, 16-bit words with proven 32-bit sums, K = 20736, N = 256",
        "NumPy float32",
        1.5,
        products.matrix16,
    ),
    Row("shallowcaps", _SHALLOW, "PyTorch float32 forward", 3.0, networks.float_forward),
    Row(
        "shallowcaps-exact",
        "ShallowCaps, 8-bit words, `exact` and `exact`",
        "PyTorch float32 forward",
        None,
        networks.exact_forward,
    ),
    Row(
        "shallowcaps-truncated",
        _SHALLOW,
        "Q-CapsNets' scheme in PyTorch operations",
        15.0,
        networks.truncated_forward,
    ),
    Row("q7", "MNIST network of Q7-CapsNets", "its published C, as reported", 10.0, networks.q7),
    Row(
        "requantize",
        "requantise a million words",
        "apytypes `cast`",
        20.0,
        simulators.requantize_apytypes,
    ),
    Row(
        "requantize-fxpmath",
        "requantise a million words",
        "fxpmath `Fxp`",
        None,
        simulators.requantize_fxpmath,
    ),
    Row(
        "full-matrix",
        "matrix product in full precision, 8-bit words",
        "apytypes `@`",
        10.0,
        simulators.full_matrix,
    ),
    Row(
        "full-matrix-512",
        "matrix product in full precision, 8-bit words",
        "apytypes `@`",
        10.0,
        partial(simulators.full_matrix, full=512),
    ),
    Row(
        "saturating-matrix",
        "matrix product, saturating after every addition",
        "apytypes accumulator context",
        20.0,
        simulators.saturating_matrix,
    ),
    Row(
        "allocation",
        "search for widths, executed multiply-accumulates",
        "the same without reuse and early stopping",
        3.0,
        search.executed,
    ),
    Row("import", "`import fxcaps`", "", 0.3, startup.importing, Kind.SECONDS),
    Row(
        "warmup",
        "`fxcaps warmup` without a cache: everything compiled once",
        "",
        None,
        startup.warming,
        Kind.SECONDS,
    ),
    Row(
        "memory-shallowcaps",
        "peak resident memory, ShallowCaps",
        "",
        1500.0,
        streaming("shallowcaps", (10_000, 2_000)),
        Kind.MEGABYTES,
    ),
    Row(
        "memory-deepcaps-16",
        "peak resident memory, DeepCaps-28 with 16 types",
        "",
        1500.0,
        streaming("deepcaps-28-16", (1024, 256)),
        Kind.MEGABYTES,
    ),
    Row(
        "memory-deepcaps",
        "peak resident memory, DeepCaps-28",
        "",
        1500.0,
        streaming("deepcaps-28-qcapsnets", (512, 128)),
        Kind.MEGABYTES,
    ),
)
"""In the order of the page."""
