"""A profile as constants: what a device compares, and what its arithmetic is fixed to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fxcaps.network.files import to_json
from fxcaps.profiles import Profile
from fxcaps.vectors.ap_fixed import templates
from fxcaps.vectors.column import text_of
from fxcaps.vectors.constants import PREFIX, Row, as_h, as_svh, rows_of


def profile_text(profile: Profile, form: str) -> str:
    """A profile in one of `PROFILE_FORMS`."""
    return PROFILE_FORMS[form](profile)


def _rows(profile: Profile) -> Iterator[Row]:
    """Fixed parameters by operation; those that are fitted belong to a Program or a setup."""
    yield from rows_of(profile.constants, "constants")
    named = dict(profile.operations)
    if profile.default is not None:
        named["default"] = profile.default
    for name, entry in named.items():
        if entry.params.algorithm:
            yield Row((name, "algorithm"), entry.params.algorithm)
        for field, value in entry.fixed.items():
            yield from rows_of(value, name, field)


def _remarks(profile: Profile) -> list[str]:
    lines = [f"fxcaps profile {profile.name}: {profile.title}", f"digest {profile.digest}"]
    named = dict(profile.operations)
    if profile.default is not None:
        named["default"] = profile.default
    fitted = [f"{name}: {', '.join(e.fitted)} fitted" for name, e in named.items() if e.fitted]
    return lines + fitted


def _svh(profile: Profile) -> str:
    lines = [f"// {line}" for line in _remarks(profile)]
    lines += [f"localparam [31:0] {PREFIX}_PROFILE_ID = 32'h{profile.digest[:8]};"]
    return text_of([*lines, *as_svh(_rows(profile))]).decode()


def _h(profile: Profile) -> str:
    guard = f"{PREFIX}_PROFILE_{profile.digest[:8].upper()}_H"
    lines = ["/* " + "\n * ".join(_remarks(profile)) + " */"]
    lines += [f"#ifndef {guard}", f"#define {guard}", "#include <stdint.h>"]
    lines += [f"#define {PREFIX}_PROFILE_ID 0x{profile.digest[:8]}u", *as_h(_rows(profile))]
    return text_of([*lines, f"#endif /* {guard} */"]).decode()


def _ap_fixed(profile: Profile) -> str:
    lines = [f"// {line}" for line in _remarks(profile)] + ["#pragma once"]
    lines += ["#include <ap_fixed.h>", "#include <cstdint>"]
    lines += [f"static const std::uint32_t fxcaps_profile_id = 0x{profile.digest[:8]}u;"]
    return text_of([*lines, *templates(profile)]).decode()


PROFILE_FORMS: dict[str, Callable[[Profile], str]] = {
    "json": lambda profile: to_json(profile.to_json()),
    "svh": _svh,
    "h": _h,
    "ap_fixed": _ap_fixed,
}
"""What a profile can be written as."""
