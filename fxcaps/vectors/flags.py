"""The mistakes that cases are made against, by name."""

from __future__ import annotations

FLAGS: dict[str, str] = {
    "ACCUMULATOR_WIDTH": "a register narrower or wider than the one that is stated",
    "AXIS_ORDER": "words read along another axis, a kernel flipped, a matrix transposed",
    "DIVIDE_BY_ZERO": "a divisor of zero not caught, or caught with another result",
    "DOUBLE_ROUND": "two roundings where there is one",
    "EARLY_SATURATE": "the range looked at before rounding, so that its carry wraps",
    "FLOAT_SHORTCUT": "a root or quotient taken in floating point",
    "ITERATION_COUNT": "one iteration too many or too few, or the last update left out or added",
    "LATE_SATURATE": "the range of a register looked at only when the sum is complete",
    "OPERATION_ORDER": "rounding, adding, scaling or clipping in another order",
    "PADDING": "padding that is not zero, is on another side, or moves the windows",
    "ROOT_OFF_BY_ONE": "a root that is one too large or too small next to a square",
    "ROUND_TIE_DIRECTION": "a tie rounded the other way",
    "SANITY": "none in particular: plain values",
    "SHIFT_RANGE": "a shift by 0, by the width or by more, to the left or to the right",
    "SIGN_EXTENSION": "a negative word read as a large one, or a product of the two lowest words",
    "STATE_CARRY_OVER": "something left over from the call before",
    "SYMMETRIC_CLIP": "the lowest word taken for its neighbour",
    "TABLE_INDEX": "a table read one entry off, or beyond its end",
    "TRUNCATE": "bits dropped without rounding, toward minus infinity or toward zero",
    "WRAP": "saturation where words wrap, or the other way",
    "ZERO_VECTOR": "a vector of zeros not caught, or caught with another result",
}
"""Flag -> the mistake."""
