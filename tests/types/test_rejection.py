"""Rejections: a reason from a closed list and a message."""

from __future__ import annotations

import pickle

from fxcaps.types import Reason, Rejection

REASONS = {
    "FORMAT_INVALID",
    "PARAMETER_INVALID",
    "MODE_REFUSED",
    "PORT_MISMATCH",
    "SHAPE_MISMATCH",
    "FORMAT_MISMATCH",
    "WORD_OUT_OF_RANGE",
    "OUTPUT_OUT_OF_RANGE",
    "ACCUMULATOR_TOO_NARROW",
    "ACCUMULATOR_OVERFLOW",
    "NEGATIVE_ROOT",
    "DIVISION_BY_ZERO",
    "NOT_A_NUMBER",
    "NAME_UNKNOWN",
    "TENSOR_MISSING",
    "TENSOR_UNUSED",
    "FILE_UNREADABLE",
    "FILE_FOREIGN",
    "FILE_CORRUPT",
    "FILE_UNWRITABLE",
    "DATA_INVALID",
}


def test_the_list_of_reasons_is_closed() -> None:
    """Given the reasons, when listed, then each stands for its own name and none is new."""
    assert {reason.value for reason in Reason} == REASONS
    assert all(reason.name == reason.value for reason in Reason)


def test_text_carries_reason_and_message() -> None:
    """Given a rejection, when printed, then the reason precedes the message."""
    rejection = Rejection(Reason.SHAPE_MISMATCH, "x has 3 axes")
    assert str(rejection) == "SHAPE_MISMATCH: x has 3 axes"
    assert isinstance(rejection, ValueError)


def test_within_puts_the_place_first() -> None:
    """Given a rejection, when it passes two places, then the outer one stands first."""
    moved = Rejection(Reason.NAME_UNKNOWN, "no 'y'").within("conv1").within("model.json")
    assert (moved.reason, moved.message) == (
        Reason.NAME_UNKNOWN,
        "model.json: conv1: no 'y'",
    )


def test_travels_between_processes() -> None:
    """Given a rejection, when pickled and read, then reason and message arrive."""
    found = pickle.loads(pickle.dumps(Rejection(Reason.FILE_CORRUPT, "weights")))  # noqa: S301
    assert (type(found), found.reason, found.message, str(found)) == (
        Rejection,
        Reason.FILE_CORRUPT,
        "weights",
        "FILE_CORRUPT: weights",
    )
