"""A pytest plugin: someone's own function against the golden vectors.

    @pytest.mark.fxcaps(op="squash", profile="fxcaps-hardware", setup="s8f5-s8f7-*")
    def test_mine(fxcaps_case):
        fxcaps_case.check(my_squash)

The test runs once for each case; `fxcaps_case` is a `fxcaps.vectors.ask.VectorCase`. A test that
fails prints the line `fxcaps repro ID`, and the run ends with the digest of the set.

pytest imports this module in every run, so it imports nothing of the package before it is used.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fxcaps.vectors.ask import VectorCase

FIXTURE = "fxcaps_case"
"""The argument of a test that takes a case."""

OPTION = "--fxcaps-vectors"
"""Names a set of vectors."""

_DIGEST = "fxcaps_set_digest"
"""The property of a test's report that travels to the summary."""

_CHOICES: dict[str, Any] = {
    "op": None,
    "profile": None,
    "setup": "*",
    "kind": None,
    "tier": "smoke",
    "rejects": False,
}
"""Arguments of the marker and what they are by default; the first two must be given."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option that names a set."""
    parser.addoption(
        OPTION,
        metavar="DIR",
        help="golden vectors of fxcaps (also: FXCAPS_VECTORS; default: the published ones)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        "fxcaps(op, profile, setup='*', kind=None, tier='smoke', rejects=False): run the test "
        f"for every case of fxcaps' golden vectors that is meant; it takes {FIXTURE}.",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case; a selection of none is an error, never a test that does not run."""
    marker = metafunc.definition.get_closest_marker("fxcaps")
    if marker is None and FIXTURE not in metafunc.fixturenames:
        return
    name = metafunc.definition.nodeid
    if marker is None or FIXTURE not in metafunc.fixturenames:
        pytest.fail(f"{name}: the marker fxcaps and {FIXTURE} belong together", pytrace=False)
    wanted = {**_CHOICES, **marker.kwargs}
    if marker.args or set(wanted) != set(_CHOICES) or not (wanted["op"] and wanted["profile"]):
        pytest.fail(
            f"{name}: the marker fxcaps takes {', '.join(_CHOICES)} by name, op and profile always",
            pytrace=False,
        )
    cases = _cases(metafunc.config, name, wanted)
    metafunc.parametrize(FIXTURE, cases, ids=[case.id for case in cases])


def _cases(config: pytest.Config, name: str, wanted: dict[str, Any]) -> list[VectorCase]:
    from fxcaps.types import Rejection  # noqa: PLC0415 - see above
    from fxcaps.vectors.ask import vector_cases  # noqa: PLC0415
    from fxcaps.vectors.where import find_set  # noqa: PLC0415

    try:
        return vector_cases(find_set(config.getoption(OPTION)), **wanted)
    except Rejection as rejection:
        told = str(rejection)
    pytest.fail(f"{name}: {told}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell how a failure is reproduced, and which set was asked."""
    report = yield
    case: Any = getattr(item, "callspec", None) and item.callspec.params.get(FIXTURE)  # type: ignore[attr-defined]
    if case and report.when == "call":
        report.user_properties.append((_DIGEST, case.set_digest))
        if report.failed:
            place = item.config.getoption(OPTION)
            own = f" --set {place}" if place else ""
            report.sections.append(("fxcaps", f"fxcaps repro {case.id}{own}"))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many cases of which set were asked; a claim without its digest is none."""
    counts: dict[str, list[int]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, digest in getattr(report, "user_properties", ()):
                if name == _DIGEST:
                    counts.setdefault(digest, [0, 0])[outcome == "failed"] += 1
    for digest, (passed, failed) in counts.items():
        terminalreporter.write_line(
            f"fxcaps: {passed} of {passed + failed} cases passed, set_digest: {digest}"
        )
