"""Networks from the files of other code: a container gives arrays, a layout makes the Network."""

from fxcaps.importers.containers import CONTAINERS, Container, register_container
from fxcaps.importers.draft import Choices, Draft, Fact, Move
from fxcaps.importers.importing import Imported, import_file
from fxcaps.importers.layout import Layout
from fxcaps.importers.layouts import LAYOUTS, register_layout
from fxcaps.importers.source import Source

__all__ = [
    "CONTAINERS",
    "LAYOUTS",
    "Choices",
    "Container",
    "Draft",
    "Fact",
    "Imported",
    "Layout",
    "Move",
    "Source",
    "import_file",
    "register_container",
    "register_layout",
]
