"""Mechanical mutants: every comparison, constant, mode and axis of the specification, in turn.

An axis is a constant index of a shape, so that it is changed with the constants. Left alone are
texts, annotations, decorators, what `log.note` is told, and assertions that two lists are equally
long: none of it makes a word.
"""

from __future__ import annotations

import ast
import copy
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import fxcaps.ops
import fxcaps.types

SPEC = Path(fxcaps.__file__).parent / "spec"
"""The sources."""

COPY = Path("copy of the specification")
"""The folder that copies are said to come from, so that no coverage is counted of them."""

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""Comparison -> what stands in its place: with the border moved, and turned round."""

Path_ = tuple[tuple[str, int | None], ...]
"""From a module to one of its nodes: fields, and indices in those that are lists."""


@dataclass(frozen=True)
class Mechanical:
    """One change of the specification's source.

    Args:
        module: its stem.
        place: the function, or `module`, and the number of the change in it.
        kind: `comparison`, `constant` or `mode`.
        before: the expression around it.
        after: the same, changed.
        lines: of the statement in which it stands, first and last.
        path: to the node.
        choice: which of the node's changes.
    """

    module: str
    place: str
    kind: str
    before: str
    after: str
    lines: tuple[int, int]
    path: Path_
    choice: int

    @property
    def name(self) -> str:
        """Module, place and change: it stays when lines move."""
        return f"{self.module}.{self.place} {self.before} -> {self.after}"

    @property
    def function(self) -> str:
        """The function, without those in it, or `module`."""
        return self.place.split(".")[0]

    def code(self) -> Any:
        """The module with the change, compiled."""
        tree = copy.deepcopy(tree_of(self.module))
        node = _at(tree, self.path)
        _replace(tree, self.path, changes(node)[self.choice][1])
        return compile(ast.fix_missing_locations(tree), str(COPY / f"{self.module}.py"), "exec")


@cache
def tree_of(module: str) -> ast.Module:
    """A module's syntax tree; not to be changed."""
    return ast.parse((SPEC / f"{module}.py").read_text(encoding="utf-8"))


def modules() -> list[str]:
    """The modules that compute."""
    return sorted(path.stem for path in SPEC.glob("*.py") if path.stem not in ("__init__", "table"))


def mutants_of(module: str) -> list[Mechanical]:
    """Every change of a module, in the order of its source."""
    found: list[Mechanical] = []
    counts: dict[str, int] = {}
    for path, node, function, lines, around in _nodes(tree_of(module), (), "module", (0, 0), None):
        for choice, (kind, _) in enumerate(changes(node)):
            counts[function] = counts.get(function, 0) + 1
            before, after = _texts(around or node, node, choice)
            place = f"{function}.{counts[function]}"
            found.append(Mechanical(module, place, kind, before, after, lines, path, choice))
    return found


def changes(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """What stands in a node's place, each with its kind."""
    match node:
        case ast.Compare():
            return [
                ("comparison", _compare(node, k, other))
                for k, operator in enumerate(node.ops)
                for other in _COMPARISONS[type(operator)]
            ]
        case ast.Constant(value=bool() as value):
            return [("constant", ast.Constant(not value))]
        case ast.Constant(value=int() as value):
            return [("constant", ast.Constant(value + by)) for by in (1, -1)]
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr.isupper():
            return [
                ("mode", ast.Attribute(node.value, other, node.ctx))
                for other in _others(name, attr)
            ]
    return []


def _compare(node: ast.Compare, place: int, other: type[ast.cmpop]) -> ast.Compare:
    ops = [other() if k == place else operator for k, operator in enumerate(node.ops)]
    return ast.Compare(node.left, ops, node.comparators)


def _others(name: str, attr: str) -> list[str]:
    """The next member of an enumeration, or none of what is no mode."""
    kind = getattr(fxcaps.types, name, None) or getattr(fxcaps.ops, name, None)
    if not (isinstance(kind, type) and issubclass(kind, enum.Enum)):
        return []
    members = [member.name for member in kind]
    return [members[(members.index(attr) + 1) % len(members)]]


_Found = tuple[Path_, ast.AST, str, tuple[int, int], ast.AST | None]


def _nodes(
    node: ast.AST, path: Path_, function: str, lines: tuple[int, int], around: ast.AST | None
) -> Iterator[_Found]:
    """Every node that can be changed, with its function, statement and expression."""
    if isinstance(node, ast.FunctionDef):
        function = node.name if function == "module" else f"{function}.{node.name}"
    if isinstance(node, ast.stmt):
        lines, around = (node.lineno, _last_line(node)), None
    elif isinstance(node, ast.expr | ast.pattern | ast.comprehension) and _short(node, around):
        around = node if not isinstance(node, ast.comprehension) else around
    yield path, node, function, lines, around
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        children = value if isinstance(value, list) else [value]
        for k, child in enumerate(children):
            if isinstance(child, ast.AST) and not _left_alone(child):
                step = (field, k if isinstance(value, list) else None)
                yield from _nodes(child, (*path, step), function, lines, around)


def _short(node: ast.AST, around: ast.AST | None) -> bool:
    """Whether a node is the largest expression so far that is no longer than a line."""
    return (around is None or len(ast.unparse(around)) > _LONGEST) and not isinstance(
        node, ast.comprehension
    )


_LONGEST = 60
"""Characters of an expression that is shown whole."""


def _left_alone(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr():
            return True
        case ast.Call(func=ast.Attribute(attr="note")) | ast.keyword(arg="strict"):
            return True
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _last_line(node: ast.stmt) -> int:
    """The last line of a statement, of one with a body that of its head."""
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return node.end_lineno or node.lineno
    first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return max(node.lineno, first.lineno - 1)


def _texts(around: ast.AST, node: ast.AST, choice: int) -> tuple[str, str]:
    if isinstance(around, ast.stmt | ast.Module):
        around = node
    changed = changes(node)[choice][1]
    if around is node:
        return ast.unparse(node), ast.unparse(changed)
    other = copy.deepcopy(around)
    steps = next(path for path, inner in _walk(around, ()) if inner is node)
    _replace(other, steps, changed)
    return ast.unparse(around), ast.unparse(other)


def _walk(node: ast.AST, path: Path_) -> Iterator[tuple[Path_, ast.AST]]:
    yield path, node
    for field, value in ast.iter_fields(node):
        for k, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST):
                step = (field, k if isinstance(value, list) else None)
                yield from _walk(child, (*path, step))


def _at(node: Any, path: Path_) -> Any:
    for field, k in path:
        node = getattr(node, field) if k is None else getattr(node, field)[k]
    return node


def _replace(tree: ast.AST, path: Path_, node: ast.AST) -> None:
    *lead, (field, k) = path
    parent = _at(tree, tuple(lead))
    old = _at(parent, ((field, k),))
    ast.copy_location(node, old)
    if k is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[k] = node
