"""The rules of the house, read from the source: imports, rooms, tables, names, sizes."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import fxcaps
from fxcaps.engine import ENGINE
from fxcaps.ops import OPERATIONS
from fxcaps.real import REAL
from fxcaps.spec import SPEC

ROOT = Path(__file__).parents[1]

MAY_IMPORT: dict[str, set[str]] = {
    "fxcaps": set(),
    "types": set(),
    "ops": {"types"},
    "spec": {"ops", "types"},
    "engine": {"ops", "types"},
    "real": {"ops", "types"},
    "datasets": {"types"},
    "network": {"ops", "types"},
    "profiles": {"ops", "types"},
    "prune": {"network", "ops", "types"},
    "quantize": {"network", "profiles", "ops", "types"},
    "allocate": {"quantize", "network", "profiles", "ops", "types"},
    "importers": {"network", "quantize", "ops", "types"},
    "oracle": {"engine", "spec", "network", "ops", "types"},
    "inside": {"spec", "network", "ops", "types"},
    "startup": {"engine", "oracle", "real", "network", "profiles", "quantize", "ops", "types"},
    "plots": {"inside", "network", "ops", "types"},
    "vectors": {"spec", "network", "profiles", "ops", "types"},
    "conform": {"vectors", "network", "ops", "types"},
}
"""Package or top module -> those of ours that it may import; `fxcaps` is the package itself."""

MAY_IMPORT["api"] = set(MAY_IMPORT)
MAY_IMPORT["cli"] = {*MAY_IMPORT, "api"}

EXACT_MATH = {"isqrt", "prod", "comb", "gcd"}
"""Functions of `math` that take and give integers."""

FLOATING = {"numpy", "numba", "random", "statistics", "cmath", "scipy", "array", "decimal"}
"""Modules that the exact packages do without."""

DECIMAL_ALLOWED = {"fxcaps.ops.exponential"}
"""Its tables of exponentials are rounded decimals, the same on every machine."""


class Module(NamedTuple):
    """A source file of the package."""

    name: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The part of the house that it belongs to."""
        return package_of(self.name)


def package_of(name: str) -> str:
    """`spec` of `fxcaps.spec.add`, `api` of `fxcaps.api`; `fxcaps` itself is one, too."""
    return name.split(".")[1] if "." in name else name


def _read_modules() -> dict[str, Module]:
    modules = {}
    for path in sorted((ROOT / "fxcaps").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = Module(name, ast.parse(path.read_text(encoding="utf-8")))
    return modules


MODULES = _read_modules()


def imports_of(tree: ast.Module) -> list[str]:
    """Full names of what a module imports, anywhere in it; relative ones start with a dot.

    `from fxcaps import api` names the module `fxcaps.api`, `from fxcaps.types import Format` the
    package `fxcaps.types`.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            inner = [f"{base}.{alias.name}" for alias in node.names]
            found += [name if name in MODULES else base for name in inner]
    return found


def breaches(package: str, tree: ast.Module) -> list[str]:
    """Imports that the house forbids to a module of a package."""
    allowed = MAY_IMPORT[package] | {package}
    found = []
    for name in imports_of(tree):
        ours = name.split(".")[0] == "fxcaps"
        if name.startswith(".") or (ours and package_of(name) not in allowed):
            found.append(name)
    return found


def inexact(name: str, tree: ast.Module) -> list[str]:
    """What in a module can make a float: imports, literals, divisions, conversions."""
    found = []
    for imported in imports_of(tree):
        top = imported.split(".")[0]
        if top in FLOATING and not (top == "decimal" and name in DECIMAL_ALLOWED):
            found.append(f"import {imported}")
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                found.append(f"literal {node.value!r}")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                found.append("division /")
            case ast.Call(func=ast.Name(id="float" | "complex" as kind)):
                found.append(f"{kind}()")
            case ast.Attribute(value=ast.Name(id="math"), attr=attr) if attr not in EXACT_MATH:
                found.append(f"math.{attr}")
            case ast.ImportFrom(module="math", names=names):
                found += [f"math.{a.name}" for a in names if a.name not in EXACT_MATH]
    return found


def test_every_package_has_its_rule() -> None:
    """Given the source, when its packages are listed, then each stands in the import rule."""
    assert {module.package for module in MODULES.values()} == set(MAY_IMPORT)


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name: str) -> None:
    """Given a module, when its imports are read, then each goes where the house allows."""
    module = MODULES[name]
    assert breaches(module.package, module.tree) == []


@pytest.mark.parametrize(
    ("package", "source", "expected"),
    [
        ("network", "from fxcaps.engine import ENGINE", ["fxcaps.engine"]),
        ("network", "def f():\n    import fxcaps.spec.add", ["fxcaps.spec.add"]),
        ("quantize", "from fxcaps import api, network", ["fxcaps.api"]),
        ("types", "from .format import Format", [".format"]),
        ("spec", "from fxcaps.types import Format\nimport math", []),
        ("datasets", "import fxcaps", ["fxcaps"]),
        ("cli", "import fxcaps\nfrom fxcaps import api", []),
    ],
)
def test_the_import_rule_bites(package: str, source: str, expected: list[str]) -> None:
    """Given lines that break the rule and lines that do not, when read, then it tells them."""
    assert breaches(package, ast.parse(source)) == expected


def test_no_circles() -> None:
    """Given what modules and packages import, when sorted, then nothing imports itself."""
    modules = {
        name: {target for target in imports_of(module.tree) if target in MODULES}
        for name, module in MODULES.items()
    }
    packages: dict[str, set[str]] = {name: set() for name in MAY_IMPORT}
    for name, targets in modules.items():
        packages[MODULES[name].package] |= {MODULES[target].package for target in targets}
    for package, found in packages.items():
        found.discard(package)
    order = list(TopologicalSorter(packages).static_order())
    assert order.index("types") < order.index("ops") < order.index("network") < order.index("cli")
    assert set(TopologicalSorter(modules).static_order()) == set(MODULES)


@pytest.mark.parametrize(
    "name", [name for name, m in MODULES.items() if m.package in ("types", "ops", "spec")]
)
def test_exact_packages_are_exact(name: str) -> None:
    """Given a module of types, ops or spec, when read, then nothing in it can make a float."""
    assert inexact(name, MODULES[name].tree) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import numpy as np", ["import numpy"]),
        ("from numba import njit", ["import numba"]),
        ("import decimal", ["import decimal"]),
        ("a = 1 / b", ["division /"]),
        ("a /= b", ["division /"]),
        ("a = 0.5 + 1j", ["literal 0.5", "literal 1j"]),
        ("a = float(b)", ["float()"]),
        ("import math\na = math.sqrt(b)", ["math.sqrt"]),
        ("from math import isqrt, exp", ["math.exp"]),
        ("import math\na = math.isqrt(7) // 2 + math.prod(b)", []),
    ],
)
def test_the_exactness_rule_bites(source: str, expected: list[str]) -> None:
    """Given lines with and without floats, when read, then it tells them."""
    assert inexact("fxcaps.spec.squash", ast.parse(source)) == expected


def test_tables_have_equal_keys() -> None:
    """Given the three tables and the descriptors, when compared, then they name the same."""
    assert sorted(SPEC) == sorted(ENGINE) == sorted(REAL) == sorted(OPERATIONS)
    assert {name: operation.name for name, operation in OPERATIONS.items()} == {
        name: name for name in OPERATIONS
    }


def test_every_room_has_the_function_of_its_table() -> None:
    """Given the tables, when their functions are asked, then each lives under its stem."""
    for package, table in (("spec", SPEC), ("engine", ENGINE), ("real", REAL)):
        assert {name: function.__module__ for name, function in table.items()} == {
            name: f"fxcaps.{package}.{name}" for name in OPERATIONS
        }


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_has_its_rooms(operation: str) -> None:
    """Given an operation, when its rooms are looked for, then none is missing."""
    rooms = [f"fxcaps/{package}/{operation}.py" for package in ("ops", "spec", "engine", "real")]
    rooms += [f"spec/ops/{operation}.md", f"tests/spec/test_{operation}.py"]
    rooms += [] if operation == "layout" else [f"tests/twin/{operation}.py"]  # moves need no twin
    assert [room for room in rooms if not (ROOT / room).is_file()] == []


@pytest.mark.parametrize("name", fxcaps.__all__)
def test_public_names_resolve(name: str) -> None:
    """Given a public name, when asked for, then it is there, and under that name."""
    assert name in dir(fxcaps)
    found = getattr(fxcaps, name)
    assert isinstance(found, str) if name == "__version__" else found.__name__ == name


def test_unknown_names_do_not() -> None:
    """Given a name that fxcaps has not, when asked for, then the usual error says so."""
    with pytest.raises(AttributeError) as caught:
        _ = fxcaps.squish
    assert str(caught.value) == "module 'fxcaps' has no attribute 'squish'"


@pytest.mark.parametrize(
    "statement", ["import fxcaps", "import fxcaps.types, fxcaps.ops, fxcaps.spec"]
)
def test_importing_loads_neither_numpy_nor_numba(statement: str) -> None:
    """Given a fresh interpreter, when imported, then the heavy modules stay out."""
    code = f"import sys; {statement}; print(sorted({{'numpy', 'numba'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_files_stay_short() -> None:
    """Given all Python files, when their lines are counted, then none has more than 400."""
    counts = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("fxcaps", "tests", "tools", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert counts["fxcaps/__init__.py"] > 0
    assert {name: count for name, count in counts.items() if count > 400} == {}
