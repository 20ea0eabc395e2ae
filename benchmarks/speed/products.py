"""Products of matrices and the convolution of the primary capsules, beside vendors' kernels."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.row import Gap, Pair, Setting, expect, peer
from benchmarks.speed.timing import alternate
from fxcaps.engine import ENGINE
from fxcaps.network.digest import to_container
from fxcaps.ops import Conv2d, Dense, Parameters
from fxcaps.ops.batch import Words
from fxcaps.types import Format, Rounding

WEIGHTS = Path(__file__).parents[2] / "models" / "shallowcaps-mnist" / "shallowcaps-mnist.npz"
"""Of ShallowCaps; the checkout has them."""

OUTPUTS, WINDOW = 256, 9 * 9 * 256
"""Rows of weights of the primary convolution of ShallowCaps, and their length."""

S8, U8, S32 = Format(True, 8, 7), Format(False, 8, 7), Format(True, 32, 14)

Ints = NDArray[np.int64]
Weights = dict[str, Words]


def constant(words: Ints, format: Format) -> Words:
    """Words of a Program's constant: nobody writes to them, so that they are packed once."""
    array = np.array(words, np.int64)
    array.flags.writeable = False
    return Words(array, format)


def engine(
    params: Parameters, x: Words, constants: Weights, out: Format, threads: int
) -> Callable[[], NDArray[Any]]:
    """A call of the engine on a batch, which threads share as those of a run do."""
    function = ENGINE[params.operation]
    port = "x"
    parts = [
        x._replace(array=np.ascontiguousarray(part)) for part in np.array_split(x.array, threads)
    ]

    def one(part: Words) -> NDArray[Any]:
        made: NDArray[Any] = function(params, {port: part, **constants}, {"out": out}).outputs[
            "out"
        ]
        return made

    if threads == 1:
        return lambda: one(parts[0])
    pool = ThreadPoolExecutor(threads)
    return lambda: np.concatenate(list(pool.map(one, parts)))


def torch_with(threads: int) -> Any:
    """PyTorch, told how many threads it has."""
    torch = peer("torch")
    torch.set_num_threads(threads)
    return torch


def blas_with(threads: int) -> None:
    """A gap where NumPy's matrix products were not told their threads before it was loaded."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != str(threads):
        raise Gap(f"OPENBLAS_NUM_THREADS={threads} has to be set before NumPy is loaded")


def matrix8(setting: Setting) -> Pair:
    """8-bit words times 8-bit words to 32-bit sums."""
    torch = torch_with(setting.threads)
    ours, rows = matrix8_work(setting)
    a, b = (torch.from_numpy(words.astype(np.int8)) for words in _matrices8(rows))
    b = b.t().contiguous()
    expect(np.array_equal(ours(), torch._int_mm(a, b).numpy()), "sums differ")  # noqa: SLF001
    times = alternate(ours, lambda: torch._int_mm(a, b), setting.rounds)  # noqa: SLF001
    return Pair(*times, "all 32-bit sums equal", rows, f"{rows} rows")


def matrix8_work(setting: Setting) -> tuple[Callable[[], NDArray[Any]], int]:
    """The engine's product, and its rows."""
    rows = setting.size(576, 32)
    x, weight = _matrices8(rows)
    words, constants = Words(to_container(x, S8), S8), {"weight": constant(weight, S8)}
    return engine(Dense(), words, constants, S32, setting.threads), rows


def _matrices8(rows: int) -> tuple[Ints, Ints]:
    random = np.random.default_rng(1)
    x = random.integers(-128, 128, (rows, WINDOW))
    return x, random.integers(-128, 128, (OUTPUTS, WINDOW))


@cache
def images(count: int) -> tuple[Ints, Ints, Ints]:
    """Maps `(N, 20, 20, 256)` of 7-bit words, weights of 8 bits, biases; of ordinary sizes."""
    random = np.random.default_rng(2)
    x = np.maximum(random.normal(0, 40, (count, 20, 20, 256)), 0).clip(0, 127).astype(np.int64)
    weight = random.normal(0, 12, (OUTPUTS, 9, 9, 256)).clip(-127, 127).astype(np.int64)
    return x, weight, random.integers(-2000, 2000, OUTPUTS)


_SHIFT = 9
"""Bits that the epilogue drops: outputs fill 8 bits, and some saturate."""


def convolution(setting: Setting, signed: bool) -> tuple[Callable[[], NDArray[Any]], int]:
    """The engine's convolution with its epilogue, words of 8 bits to words of 8 bits."""
    count = setting.size(32, 2)
    x, weight, bias = images(count)
    given, out = (S8, Format(True, 8, 14 - _SHIFT)) if signed else (U8, Format(True, 8, 5))
    params = Conv2d(stride=(2, 2), rounding=Rounding.TIES_TO_EVEN)
    constants = {"weight": constant(weight, S8), "bias": constant(bias, Format(True, 16, 14))}
    words = Words(to_container(x, given), given)
    return engine(params, words, constants, out, setting.threads), count


def beside_onnx(setting: Setting, *, signed: bool) -> Pair:
    """The convolution beside ONNX Runtime's QLinearConv."""
    ours, count = convolution(setting, signed)
    theirs = _onnx(setting, count, signed=signed)
    zero = 0 if signed else 128
    words = theirs().transpose(0, 2, 3, 1).astype(np.int64) - zero
    expect(np.array_equal(ours(), words), "words differ")
    return Pair(*alternate(ours, theirs, setting.rounds), "all words equal", count, "32 images")


def _onnx(setting: Setting, count: int, *, signed: bool) -> Callable[[], NDArray[Any]]:
    onnx, runtime = peer("onnx"), peer("onnxruntime")
    x, weight, bias = images(count)
    kind = np.int8 if signed else np.uint8
    constants = {
        "x_scale": np.float32(2.0**-7),
        "x_zero": np.zeros((), kind),
        "w": weight.transpose(0, 3, 1, 2).astype(np.int8),
        "w_scale": np.float32(2.0**-7),
        "w_zero": np.int8(0),
        "y_scale": np.float32(2.0 ** (_SHIFT - 14)),
        "y_zero": np.full((), 0 if signed else 128, kind),
        "bias": bias.astype(np.int32),
    }
    helper, tensors = onnx.helper, onnx.numpy_helper
    type = onnx.TensorProto.INT8 if signed else onnx.TensorProto.UINT8
    node = helper.make_node("QLinearConv", ["x", *constants], ["y"], strides=[2, 2])
    graph = helper.make_graph(
        [node],
        "convolution",
        [helper.make_tensor_value_info("x", type, [count, 256, 20, 20])],
        [helper.make_tensor_value_info("y", type, [count, 256, 6, 6])],
        [tensors.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = setting.threads
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = {"x": np.ascontiguousarray(x.transpose(0, 3, 1, 2).astype(kind))}

    def theirs() -> NDArray[Any]:
        made: NDArray[Any] = session.run(None, given)[0]
        return made

    return theirs


def beside_torch(setting: Setting) -> Pair:
    """The convolution beside PyTorch's quantized one, 8-bit unsigned times signed."""
    torch = torch_with(setting.threads)
    ours, count = convolution(setting, signed=False)
    x, weight, bias = images(count)
    made = torch._make_per_tensor_quantized_tensor  # noqa: SLF001 - words as they are

    def tensor(words: Ints, kind: Any) -> Any:
        array = torch.from_numpy(words.transpose(0, 3, 1, 2).astype(kind))
        return made(array, 2.0**-7, 0).contiguous(memory_format=torch.channels_last)

    torch.backends.quantized.engine = "x86"
    packed = torch.ops.quantized.conv2d_prepack(
        tensor(weight, np.int8),
        torch.from_numpy(bias * 2.0**-14).float(),
        [2, 2],
        [0, 0],
        [1, 1],
        1,
    )
    given = tensor(x, np.uint8)

    def theirs() -> Any:
        return torch.ops.quantized.conv2d(given, packed, 2.0 ** (_SHIFT - 14), 128)

    words = theirs().int_repr().numpy().transpose(0, 2, 3, 1).astype(np.int64) - 128
    expect(np.array_equal(ours(), words), "words differ")
    return Pair(*alternate(ours, theirs, setting.rounds), "all words equal", count, "32 images")


def matrix16(setting: Setting) -> Pair:
    """Words beyond 8 bits whose sums provably fit 32, beside a product of floats."""
    blas_with(setting.threads)
    if not WEIGHTS.is_file():
        raise Gap(f"no weights of ShallowCaps at {WEIGHTS.name}")
    from fxcaps import load_network  # noqa: PLC0415 - the other rows do without

    kernel = load_network(WEIGHTS).tensors["primary.weight"].reshape(OUTPUTS, -1)
    frac = 10 - int(np.ceil(np.log2(np.abs(kernel).max())))
    weight = np.rint(kernel * 2.0**frac).astype(np.int64)
    sums = int(np.abs(weight).sum(axis=1).max())
    bits = 31 - sums.bit_length()
    x_format = Format(False, bits, bits)
    random = np.random.default_rng(3)
    rows = setting.size(576, 32)
    x = random.integers(0, x_format.max, (rows, WINDOW), endpoint=True)
    formats = Format(True, 11, frac), Format(True, 32, bits + frac)
    ours = engine(
        Dense(),
        Words(to_container(x, x_format), x_format),
        {"weight": constant(weight, formats[0])},
        formats[1],
        setting.threads,
    )
    few = slice(0, rows, 16)
    expect(np.array_equal(ours()[few], x[few] @ weight.T), "sums differ")
    a, b = x.astype(np.float32), weight.T.astype(np.float32)
    b = np.ascontiguousarray(b)
    note = f"{rows} rows; 11-bit trained weights, {bits}-bit activations; floats are not exact here"
    checked = "every sixteenth row equal to 64-bit integers"
    return Pair(*alternate(ours, lambda: a @ b, setting.rounds), checked, rows, note)
