"""The specification with one module exchanged, beside the real one."""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter
from types import ModuleType
from typing import Any

from fxcaps.ops.table import Table
from tests.mutants.mechanical import COPY, modules, tree_of

PACKAGE = "fxcaps.spec"


def table_of(exchanged: Mapping[str, Any]) -> Table[Any]:
    """The normative functions with other code in some modules.

    Args:
        exchanged: module stem -> its code.

    Every module is executed anew, so that none keeps a function or a table of another.
    """
    made: dict[str, ModuleType] = {}
    table: Table[Any] = Table()
    tables = ModuleType("fxcaps.ops.table")
    tables.__dict__.update(vars(importlib.import_module("fxcaps.ops.table")), SPEC=table)

    def find(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name == "fxcaps.ops.table":
            return tables
        stem = name.removeprefix(f"{PACKAGE}.")
        return made[stem] if stem in made else builtins.__import__(name, *arguments, **keywords)

    for stem in _order():
        module = ModuleType(f"{PACKAGE}.{stem}")
        module.__dict__["__builtins__"] = vars(builtins) | {"__import__": find}
        made[stem] = module
        exec(exchanged.get(stem) or _codes()[stem], module.__dict__)  # noqa: S102 - our own source
    return table


@cache
def _codes() -> dict[str, Any]:
    return {stem: compile(tree_of(stem), str(COPY / f"{stem}.py"), "exec") for stem in _stems()}


def _stems() -> list[str]:
    return [*modules(), "table"]


@cache
def _order() -> tuple[str, ...]:
    """The modules, each after those that it imports."""
    needs = {
        stem: {
            node.module.removeprefix(f"{PACKAGE}.")
            for node in ast.walk(tree_of(stem))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}.")
        }
        for stem in _stems()
    }
    return tuple(TopologicalSorter(needs).static_order())
