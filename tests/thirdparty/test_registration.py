"""What a registration refuses, and what becomes of packages that cannot be loaded."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

import fxcaps
from fxcaps.engine import ENGINE
from fxcaps.ops import (
    OPERATIONS,
    Port,
    SquashExact,
    find_operation,
    find_parameters,
    load_plugins,
    register_algorithm,
    register_operation,
)
from fxcaps.ops.elementwise import Elementwise
from fxcaps.ops.parameters import Narrowing, Parameters
from fxcaps.ops.table import Table
from fxcaps.real import REAL
from fxcaps.spec import SPEC
from fxcaps.types import Accumulator, Format, Reason, Rounding
from tests.support.outcomes import Rejected, rejection_of
from tests.thirdparty.install import on_path, write_metadata


@dataclass(frozen=True, kw_only=True)
class Twice(Narrowing):
    """Parameters of an operation that nobody has."""

    operation: ClassVar[str] = "twice"


class TwiceOperation(Elementwise):
    """A descriptor for them."""

    name = "twice"
    algorithms = (Twice,)


def function(*_: Any) -> Any:
    """What is registered; never called here."""


def state() -> tuple[Any, ...]:
    """Everything that a registration may touch."""
    added = {name: operation.added for name, operation in OPERATIONS.items()}
    return dict(OPERATIONS), added, dict(SPEC), dict(ENGINE), dict(REAL)


def descriptor(**changes: Any) -> TwiceOperation:
    """The descriptor with other class attributes."""
    return type("Changed", (TwiceOperation,), changes)()


def of_class(**changes: Any) -> type[Parameters]:
    """A frozen class with other attributes than `Twice`."""
    return dataclass(frozen=True, kw_only=True)(
        type("Changed", (Narrowing,), {"operation": "twice", "__module__": __name__} | changes)
    )


def with_field(hint: Any) -> type[Parameters]:
    """A class with one field of a type."""
    return of_class(extra=field(default=None), __annotations__={"extra": hint})


class NotFrozen(Narrowing):
    """A class that forgot the decorator."""

    operation: ClassVar[str] = "squash"
    algorithm: ClassVar[str] = "loose"


ADD = OPERATIONS["add"]


@pytest.mark.parametrize(
    ("operation", "rooms", "message"),
    [
        (ADD, {}, "an operation named add is registered already"),
        (
            descriptor(name="squash", algorithms=(SquashExact,)),
            {},
            "an operation named squash is registered already",
        ),
        (
            "twice",
            {},
            "expected a descriptor, an Operation, found 'twice'",
        ),
        (
            descriptor(name="Twice!"),
            {},
            "an operation's name has small letters, digits and '_', found 'Twice!'",
        ),
        (
            descriptor(inputs=(Port("x y"),)),
            {},
            "operation twice: the name of a port has small letters, digits and '_', found 'x y'",
        ),
        (descriptor(inputs=("x",)), {}, "operation twice: inputs are Ports, found 'x'"),
        (
            descriptor(inputs=(Port("x"), Port("x"))),
            {},
            "operation twice inputs: 'x' is named twice",
        ),
        (
            descriptor(inputs=(Port("x", constant=True), Port("y", optional=True))),
            {},
            "operation twice: one input at least must be neither constant nor optional",
        ),
        (
            descriptor(inputs=(Port("x"), Port("out"))),
            {},
            "operation twice: 'out' is the name of an output, not of an input",
        ),
        (
            descriptor(aligned=frozenset({"bias"})),
            {},
            "operation twice: ranks and aligned name 'bias', which is no input",
        ),
        (descriptor(algorithms=()), {}, "operation twice: it has no parameter class"),
        (
            descriptor(algorithms=(SquashExact,)),
            {},
            "operation twice: SquashExact says that it belongs to squash",
        ),
        (
            descriptor(algorithms=(Twice, of_class())),
            {},
            "operation twice: '' is named twice",
        ),
        (descriptor(algorithms=("Twice",)), {}, "expected a parameter class, found 'Twice'"),
        (TwiceOperation(), {"spec": None}, "twice: spec must be a function, found None"),
        (
            TwiceOperation(),
            {"engine": 3},
            "twice: engine must be a function or None, found 3",
        ),
        (TwiceOperation(), {"real": "x"}, "twice: real must be a function or None, found 'x'"),
    ],
)
def test_refuses_operations(operation: Any, rooms: Mapping[str, Any], message: str) -> None:
    """Given a taken name, wrong ports or functions, when registered, then nothing changes."""
    before = state()
    found = rejection_of(lambda: register_operation(operation, **({"spec": function} | rooms)))
    assert found == Rejected(Reason.PARAMETER_INVALID, message)
    assert state() == before


SQUASH: dict[str, Any] = {"operation": "squash", "algorithm": "theirs"}
HOLDS = (
    "parameter files hold int, bool, text, enumerations of text, formats, accumulators, "
    "parameters, tuples of them"
)


@pytest.mark.parametrize(
    ("params", "reason", "message"),
    [
        (
            SquashExact,
            Reason.PARAMETER_INVALID,
            "an algorithm named squash exact is registered already",
        ),
        (
            of_class(operation="squash", algorithm="isqrt_divide"),
            Reason.PARAMETER_INVALID,
            "an algorithm named squash isqrt_divide is registered already",
        ),
        (
            of_class(operation="squash"),
            Reason.PARAMETER_INVALID,
            "Changed: the name of an algorithm has small letters, digits and '_', found ''",
        ),
        (
            of_class(operation="squash", algorithm="a b"),
            Reason.PARAMETER_INVALID,
            "Changed: the name of an algorithm has small letters, digits and '_', found 'a b'",
        ),
        (
            of_class(operation="squish", algorithm="theirs"),
            Reason.NAME_UNKNOWN,
            f"no operation 'squish'; known: {', '.join(sorted(OPERATIONS))}",
        ),
        (
            "Twice",
            Reason.PARAMETER_INVALID,
            "expected a parameter class, found 'Twice'",
        ),
        (NotFrozen, Reason.PARAMETER_INVALID, "NotFrozen must be a frozen dataclass"),
        (
            dataclass(frozen=True, kw_only=True)(type("Nameless", (Narrowing,), {})),
            Reason.PARAMETER_INVALID,
            "Nameless does not name its operation",
        ),
        *(
            (with_field(hint), Reason.PARAMETER_INVALID, f"Changed.extra: {HOLDS}")
            for hint in (float, dict, list[int], tuple[int, str], int | str, set)
        ),
    ],
)
def test_refuses_algorithms(params: Any, reason: Reason, message: str) -> None:
    """Given a taken name or a class that cannot work, when registered, then nothing changes."""
    before = state()
    found = rejection_of(lambda: register_algorithm(params, spec=function))
    assert found == Rejected(reason, message)
    assert state() == before


@pytest.mark.parametrize(
    "hint",
    [
        int,
        bool,
        str,
        Rounding,
        Format | None,
        Accumulator,
        SquashExact,
        tuple[int, ...],
        Parameters,
    ],
)
def test_accepts_what_files_can_hold(hint: Any) -> None:
    """Given a field that a parameter file can hold, when registered, then its class is found."""
    params = of_class(**SQUASH, extra=field(default=None), __annotations__={"extra": hint})
    with on_path([]):
        register_algorithm(params, spec=function)
        assert find_parameters("squash", "theirs") is params
    assert params not in OPERATIONS["squash"].choices


def test_a_name_is_given_once() -> None:
    """Given a registered operation and algorithm, when registered again, then refused."""
    params = of_class(**SQUASH)
    with on_path([]):
        register_operation(TwiceOperation(), spec=function, engine=function, real=function)
        register_algorithm(params, spec=function)
        before = state()
        assert rejection_of(lambda: register_operation(TwiceOperation(), spec=function)) == (
            Rejected(Reason.PARAMETER_INVALID, "an operation named twice is registered already")
        )
        assert rejection_of(lambda: register_algorithm(params, spec=function)) == Rejected(
            Reason.PARAMETER_INVALID, "an algorithm named squash theirs is registered already"
        )
        assert state() == before
        given = inspect.unwrap(ENGINE["twice"])  # what is called passes on words of 64 bits
        assert (SPEC["twice"], given, REAL["twice"]) == (function,) * 3
        assert SPEC["squash theirs"] is function
        assert "squash theirs" not in {*ENGINE, *REAL}


@pytest.mark.parametrize("table", [SPEC, ENGINE, REAL])
def test_functions_of_ours_stay(table: Table[Any]) -> None:
    """Given a table, when one of its names is given again, then the function stays."""
    before = dict(table)
    for attempt in (
        lambda: table.add("squash", function),
        lambda: table.fill({"squash": function}),
    ):
        assert rejection_of(attempt) == Rejected(
            Reason.PARAMETER_INVALID, "squash has a function already"
        )
    assert dict(table) == before
    assert not hasattr(table, "__setitem__")


BROKEN = """
import fxcaps
from tests.thirdparty.test_registration import TwiceOperation, of_class

fxcaps.register_operation(TwiceOperation(), spec=print)
fxcaps.register_algorithm(of_class(operation="twice", algorithm="more"), spec=print, real=print)
fxcaps.register_algorithm(of_class(operation="squash", algorithm="good"), spec=print)
fxcaps.register_algorithm(of_class(operation="squash", algorithm="exact"), spec=print)
"""
LINES = [
    (
        "fxcaps-absent 2.0, entry point gone = fxcaps_absent: "
        "ModuleNotFoundError: No module named 'fxcaps_absent'"
    ),
    (
        "fxcaps-broken 1.2, entry point broken = fxcaps_broken: Rejection: "
        "PARAMETER_INVALID: an algorithm named squash exact is registered already"
    ),
]


@pytest.fixture
def broken(tmp_path: Path) -> list[str]:
    """Two packages that cannot be loaded: one is not there, one stops halfway."""
    site = tmp_path / "site"
    write_metadata(site, "fxcaps-broken", "1.2", {"broken": "fxcaps_broken"})
    write_metadata(site, "fxcaps-absent", "2.0", {"gone": "fxcaps_absent"})
    (site / "fxcaps_broken.py").write_text(BROKEN, encoding="utf-8")
    return [str(site)]


def test_broken_packages_are_named(broken: list[str]) -> None:
    """Given packages that fail, when loaded, then a line each, and nothing of them is left."""
    before = state()
    with on_path(broken):
        assert load_plugins() == tuple(LINES)
        assert load_plugins() == tuple(LINES)
        assert state() == before
        known = ", ".join(sorted(OPERATIONS))
        told = "".join(f"; not loaded: {line}" for line in LINES)
        assert rejection_of(lambda: find_operation("twice")) == Rejected(
            Reason.NAME_UNKNOWN, f"no operation 'twice'; known: {known}{told}"
        )
        assert rejection_of(lambda: find_parameters("squash", "good")) == Rejected(
            Reason.NAME_UNKNOWN,
            "squash has no algorithm 'good'; known: exact, exp, isqrt_divide, isqrt_factor, lut, "
            f"norm, pow2, q7, shift_reconstruction{told}",
        )


def test_a_broken_package_leaves_the_others(broken: list[str], toy: list[str]) -> None:
    """Given one that fails and one that does not, when loaded, then the second is there."""
    with on_path([*broken, *toy]):
        assert find_operation("leaky").name == "leaky"
        assert load_plugins() == tuple(LINES)


def test_commands_name_broken_packages(broken: list[str]) -> None:
    """Given packages that fail, when a command is given, then it works, after a line for each."""
    root = str(Path(fxcaps.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "fxcaps.cli.main", "--version"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([root, *broken])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"fxcaps {fxcaps.__version__}\n")
    assert done.stderr == "".join(f"fxcaps: not loaded: {line}\n" for line in LINES)
