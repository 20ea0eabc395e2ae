"""Exit codes of conformance runs: the one table."""

from __future__ import annotations

from enum import IntEnum

from fxcaps.types import Reason


class Code(IntEnum):
    """What a run ends with; where several hold, the first of `WORST_FIRST` counts."""

    CONFORMANT = 0
    """Every case was compared and is equal, or does not apply to what the device declares."""

    MISMATCH = 1
    """A word or a reason differs."""

    NO_VERDICT = 2
    """The device or its protocol failed, nothing was compared, or a name is unknown."""

    CORRUPT = 3
    """The vectors are missing, damaged, edited, of another version or not the pinned ones."""

    WAIVED = 4
    """All is equal but for cases that waivers name."""

    SKIPPED = 5
    """All that was answered is equal, but the device skipped cases."""

    @property
    def title(self) -> str:
        """In words."""
        return self.name.lower().replace("_", " ")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Rejections that end a run with this code; all others end it with `NO_VERDICT`."""
        return _BROKEN if self is Code.CORRUPT else ()


_BROKEN = (Reason.FILE_UNREADABLE, Reason.FILE_FOREIGN, Reason.FILE_CORRUPT)

WORST_FIRST = (
    Code.CORRUPT,
    Code.NO_VERDICT,
    Code.MISMATCH,
    Code.SKIPPED,
    Code.WAIVED,
    Code.CONFORMANT,
)
"""A failed device is worse than a wrong one: its other cases are not known."""
