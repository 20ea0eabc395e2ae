"""The table of layouts, and which of them a file has."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection

from fxcaps.importers.deepcaps import DEEPCAPS
from fxcaps.importers.keras import KERAS
from fxcaps.importers.layout import Layout
from fxcaps.importers.own import OWN
from fxcaps.importers.qcapsnets import SHALLOW
from fxcaps.ops import load_plugins
from fxcaps.types import Reason, Rejection

LAYOUTS: dict[str, Layout] = {}
"""Name -> layout."""

_SHOWN = 4
"""Names of tensors that a refusal quotes."""


def register_layout(layout: Layout) -> None:
    """Add a layout; rejects a name that is taken with `PARAMETER_INVALID`."""
    if layout.name in LAYOUTS:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"a layout named {layout.name} is registered already"
        )
    LAYOUTS[layout.name] = layout


for _layout in (SHALLOW, DEEPCAPS, KERAS, OWN):
    register_layout(_layout)


def find_layout(names: Collection[str], name: str | None = None) -> tuple[Layout, str]:
    """The layout of a file, and how it was found.

    Args:
        names: of its tensors.
        name: of the layout; by the mark of each where it is not given.

    Rejects an unknown name, names that no layout marks, and names that several do.
    """
    load_plugins()
    known = ", ".join(LAYOUTS)
    if name is not None:
        if name not in LAYOUTS:
            raise Rejection(Reason.NAME_UNKNOWN, f"no layout {name!r}; known: {known}")
        return LAYOUTS[name], "given"
    marks = {
        layout.name: found[0]
        for layout in LAYOUTS.values()
        if (found := fnmatch.filter(names, layout.mark))
    }
    if not names:
        raise Rejection(Reason.TENSOR_MISSING, "the file has no tensors")
    if not marks:
        shown = ", ".join(repr(tensor) for tensor in list(names)[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise Rejection(
            Reason.NAME_UNKNOWN, f"no layout has tensors named {shown}{more}; known: {known}"
        )
    if len(marks) > 1:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"tensors of several layouts: {', '.join(marks)}; give the one that is meant",
        )
    ((found_name, mark),) = marks.items()
    return LAYOUTS[found_name], f"detected by {mark!r}"
