"""Mechanical mutants that no input can tell, and why."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.mutants.mechanical import Mechanical


class Same(NamedTuple):
    """Changes that change no word, event or verdict.

    Args:
        place: pattern of module and function.
        change: pattern of the change; empty for all that survive there.
        reason: why.
    """

    place: str
    change: str
    reason: str


SAME: tuple[Same, ...] = (
    Same(
        r"exponential\.(exp_enclosure|_series|_floors|couplings)",
        "",
        "an enclosure made with more or less room: by SM-5 how wide it is changes no result, and a "
        "coefficient so near a border that the room decides is not known",
    ),
    Same(
        r"qcapsnets\.(decided|stand_in|resolution|at_least)",
        "",
        "the precision of a first try: by QC-5 a value is decided by any that separates it from a "
        "threshold, and one within 2**-32 steps of a threshold is not known",
    ),
    Same(r".*", r"\+ 1\) \* (\w+)\] -> .*\+ 2\) \* \1\]", "the further factors have no partner"),
    Same(
        r".*",
        r"(\w+) >= 0 else .* -> .*(\1 > 0|\1 >= 1) else",
        "at 0 both branches give the same",
    ),
    Same(r"arithmetic\.scaled", r"shift >= 0 -> shift (> 0|>= 1)", "a shift by 0 either way"),
    Same(
        r"arithmetic\.handle_overflow", "value < low", "a word at the end is in range and returned"
    ),
    Same(
        r"accumulate\.accumulate",
        r"max\(len\(addends\), 1\)",
        "the length of the one tile of a sum that has none: any that holds all addends",
    ),
    Same(r"accumulate\.__init__", "", "the register is filled before it is read"),
    Same(
        r"accumulate\.add",
        r"format is (not )?None|format\.min",
        "a short cut: without it the same sums are made one by one",
    ),
    Same(r"accumulate\.told", "", "what an observer is told of an overflow makes no word"),
    Same(r"accumulate\._node_sum", r"level\[0\] -> level\[-1\]", "one sum is left"),
    Same(
        r"(add\._in_lanes|conv2d\._wrapped_relu|rescale\.rescale)",
        r"Format\(True, params.lane_width, 0\)|Rounding.FLOOR",
        "an integer has nothing to round, and overflow does not read the fraction",
    ),
    Same(r"conv_routing\.squash_grids", r"\[0\] \* len", "every word of the grid is written later"),
    Same(
        r"(divide\.divide|reciprocal\.reciprocal_word)",
        r"divisor > 0",
        "a divisor of 0 does not come here",
    ),
    Same(r"layout\.layout", r"words\[0\]", "an index is one word"),
    Same(
        r"squash_lut\._factor",
        r"0 if entry < 0 else last, 0\) -> \(0 if entry (<= 0|< 1)",
        "an index of 0 is inside",
    ),
    Same(r"layout\._flat", r"0 -> -1", "counted from the end it is the same word"),
    Same(
        r"qcapsnets\.floor_log2",
        "",
        "equality needs an odd power of two, and its exponent is halved and floored; a shift by 0",
    ),
    Same(r"qcapsnets\.power_of_two", r"numerator > 0", "a value of 0 has been answered"),
    Same(
        r"softmax_power\.by_powers",
        r"-bits - 2",
        "below a quarter of a step all values round alike",
    ),
    Same(
        r"squash\._exact",
        r"params\.epsilon\[0\] ->",
        "with an epsilon of 0 the forms of SQ-8 are that of SQ-3",
    ),
    Same(
        r"squash_epsilon\._quotient_floor",
        r"root \+|low \+ high",
        "another start of a bisection that finds the same",
    ),
    Same(r"squash_epsilon\.epsilon_stand_in", r"\(0, 1\) -> \(0, 2\)", "0 over any divisor"),
    Same(r"squash_reconstruction\.shift", r"by_factor\(vector, 0", "0 times any power of two"),
    Same(
        r"squash_q7\.in_place",
        r"row_offset_bits or|Log\(\), 0",
        "offsets without a width do not come here; these events are thrown away",
    ),
    Same(r"stochastic\.random_bits", r"beat\.bit_length", "more of the stream than is read"),
    Same(
        r"squares\.sum_of_squares",
        "2 \\* frac, 3|2 \\* frac, 1",
        "the output's fraction is read for half a step only, which these sums do not have",
    ),
)
"""Everything that survives and runs."""


def reason_of(mutant: Mechanical) -> str:
    """Why a mutant is none; empty where nothing is known."""
    for same in SAME:
        change = mutant.name.split(" ", 1)[1]
        if re.fullmatch(same.place, f"{mutant.module}.{mutant.function}") and re.search(
            same.change, change
        ):
            return same.reason
    return ""
