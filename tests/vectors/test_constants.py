"""Parameters as constants of C, SystemVerilog and text."""

from __future__ import annotations

import pytest

from fxcaps.ops import SoftmaxLut, SquashIsqrtDivide
from fxcaps.types import Accumulator, Check, Format, Rejection
from fxcaps.vectors.constants import Row, as_h, as_svh, as_text, rows_of, tensor_rows

S18 = Format.parse("s18f10")

SQUASH = SquashIsqrtDivide(guard=5, accumulator=Accumulator(format=S18, check=Check.PER_STEP))

SOFTMAX = SoftmaxLut(table=(1 << 33, 5, 0), index_frac=-2)


def test_text_has_every_parameter() -> None:
    """Given parameters, when written as text, then each has a line, also those by default."""
    assert as_text([*tensor_rows((4, 2), S18, "in", "x"), *rows_of(SQUASH, "params")]) == (
        "in.x.format s18f10\n"
        "in.x.shape 2 4 2\n"
        "params.op squash\n"
        "params.algorithm isqrt_divide\n"
        "params.rounding ties_to_pos_inf\n"
        "params.overflow saturate\n"
        "params.accumulator.format s18f10\n"
        "params.accumulator.overflow saturate\n"
        "params.accumulator.check per_step\n"
        "params.accumulator.round_at end\n"
        "params.accumulator.product none\n"
        "params.accumulator.rounding ties_to_pos_inf\n"
        "params.accumulator.product_overflow saturate\n"
        "params.accumulator.init bias\n"
        "params.accumulator.bias_at first\n"
        "params.accumulator.order.kind sequential\n"
        "params.accumulator.tile none\n"
        "params.guard 5\n"
    )


def test_systemverilog() -> None:
    """Given parameters, when written for SystemVerilog, then sizes, texts and vectors."""
    lines = as_svh(rows_of(SOFTMAX, "params"))
    name = "FXCAPS_PARAMS"
    assert f'localparam {name}_ALGORITHM = "lut";' in lines
    assert f"localparam integer {name}_INDEX_FRAC = -2;" in lines
    assert f"localparam integer {name}_TABLE_BITS = 35;" in lines
    assert f"localparam [104:0] {name}_TABLE = {{35'h0, 35'h5, 35'h200000000}};" in lines
    absent = [line for line in lines if "ACCUMULATOR_FORMAT_NONE" in line or "DISTANCE" in line]
    assert absent == [
        f"localparam integer {name}_ACCUMULATOR_FORMAT_NONE = 1;",
        f"localparam integer {name}_LARGEST_DISTANCE_NONE = 1;",
        f"localparam integer {name}_LARGEST_DISTANCE = 0;",
    ]
    lines = as_svh(rows_of(SQUASH, "params"))
    assert [line for line in lines if "ACCUMULATOR_WIDTH" in line or "FORMAT_NONE" in line] == [
        f"localparam integer {name}_ACCUMULATOR_FORMAT_NONE = 0;",
        f"localparam integer {name}_ACCUMULATOR_WIDTH = 18;",
    ]


def test_c() -> None:
    """Given parameters, when written for C, then macros that `#if` and `#ifdef` can ask."""
    lines = as_h(rows_of(SOFTMAX, "params"))
    name = "FXCAPS_PARAMS"
    assert f'#define {name}_ROUNDING "ties_to_pos_inf"' in lines
    assert f"#define {name}_ROUNDING_TIES_TO_POS_INF 1" in lines
    assert f"#define {name}_TABLE_COUNT 3" in lines
    assert "static const int64_t fxcaps_params_table[3] = {" in lines
    assert "  INT64_C(8589934592), INT64_C(5), INT64_C(0)," in lines


def test_two_constants_of_one_name() -> None:
    """Given names that C cannot tell apart, when written, then rejected with both."""
    rows = [Row(("tensor", "a.b"), 1), Row(("tensor", "a_b"), 1)]
    assert as_text(rows) == "tensor.a.b 1\ntensor.a_b 1\n"
    with pytest.raises(Rejection) as caught:
        as_h(rows)
    message = "PARAMETER_INVALID: tensor.a_b and tensor.a.b are both FXCAPS_TENSOR_A_B"
    assert str(caught.value) == message
