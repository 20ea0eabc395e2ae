"""The one error of fxcaps: a rejection that carries a reason from a closed list."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an input is rejected; the list is closed and part of the specification."""

    FORMAT_INVALID = "FORMAT_INVALID"
    """A format has no bits, is ambiguous, or cannot be written as asked."""

    PARAMETER_INVALID = "PARAMETER_INVALID"
    """A parameter has a value outside its legal set."""

    MODE_REFUSED = "MODE_REFUSED"
    """A rounding or overflow mode is known by name and deliberately not provided."""

    PORT_MISMATCH = "PORT_MISMATCH"
    """An operation received an input or output it does not have, or misses one."""

    SHAPE_MISMATCH = "SHAPE_MISMATCH"
    """A tensor does not have the shape that the operation needs."""

    FORMAT_MISMATCH = "FORMAT_MISMATCH"
    """Formats that meet in one step cannot be combined."""

    WORD_OUT_OF_RANGE = "WORD_OUT_OF_RANGE"
    """An input word lies outside its format."""

    OUTPUT_OUT_OF_RANGE = "OUTPUT_OUT_OF_RANGE"
    """A result lies outside its format, or an index outside its table, and the mode is `reject`."""

    ACCUMULATOR_TOO_NARROW = "ACCUMULATOR_TOO_NARROW"
    """The static range of the partial sums exceeds an `exact` accumulator."""

    ACCUMULATOR_OVERFLOW = "ACCUMULATOR_OVERFLOW"
    """A partial sum left an `exact` accumulator, or an overflow left no usable divisor."""

    NEGATIVE_ROOT = "NEGATIVE_ROOT"
    """The square root of a negative word was asked for."""

    DIVISION_BY_ZERO = "DIVISION_BY_ZERO"
    """A quotient by zero was asked for."""

    NOT_A_NUMBER = "NOT_A_NUMBER"
    """A float is NaN or infinite where a number is needed."""

    NAME_UNKNOWN = "NAME_UNKNOWN"
    """A name (operation, tensor, model, file) does not exist."""

    TENSOR_MISSING = "TENSOR_MISSING"
    """A model or Program lacks a tensor that its steps use."""

    TENSOR_UNUSED = "TENSOR_UNUSED"
    """A model or Program holds a tensor that no step uses."""

    FILE_UNREADABLE = "FILE_UNREADABLE"
    """A file is absent, truncated, or cannot be read."""

    FILE_FOREIGN = "FILE_FOREIGN"
    """A file is not of the kind or version that is expected."""

    FILE_CORRUPT = "FILE_CORRUPT"
    """A file does not have the checksum that is recorded for it."""

    FILE_UNWRITABLE = "FILE_UNWRITABLE"
    """An output cannot be written where it was asked for."""

    DATA_INVALID = "DATA_INVALID"
    """Images or labels have a wrong type, range or count."""


class Rejection(ValueError):  # noqa: N818 - a rejection is a defined outcome, not a malfunction
    """An input outside the domain of what was asked.

    Args:
        reason: the entry of the closed list that implementations compare.
        message: one line for people: what, where, expected, found.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{reason.value}: {message}")
        self.reason = reason
        self.message = message

    def within(self, place: str) -> Rejection:
        """Return the same rejection with the place it happened in put before its message."""
        return Rejection(self.reason, f"{place}: {self.message}")

    def __reduce__(self) -> tuple[type[Rejection], tuple[Reason, str]]:
        """Let a rejection travel between processes with its reason."""
        return (Rejection, (self.reason, self.message))
