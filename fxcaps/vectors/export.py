"""Packs: the cases of a setup as memory files, a C header, or arrays."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator

import numpy as np

from fxcaps.network.digest import container_type
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.numbers import hex_word
from fxcaps.vectors.pick import Pick
from fxcaps.vectors.text import file_of

_BITS = 32
"""Of an identifier, the first of a sha256."""


def identifiers(picked: Pick) -> dict[str, str]:
    """What a bench compares with the device's constants, eight hexadecimal digits each.

    The setup's is the start of the sha256 of its parameters, inputs and outputs as canonical
    JSON; the profile's that of its digest, absent where the bundle is no profile.
    """
    digits = _BITS // 4
    setup = hashlib.sha256(picked.setup.key.encode()).hexdigest()[:digits]
    profile = {"PROFILE_ID": picked.profile_digest[:digits]} if picked.profile_digest else {}
    return profile | {"SETUP_ID": setup}


def pack(picked: Pick, form: str) -> dict[str, bytes]:
    """The files of a pack by name.

    Args:
        picked: the cases; those that are rejected are left out, their words have no answer.
        form: `readmemh`, `c` or `npy`.

    Rejects a setup all of whose cases are rejected with `NAME_UNKNOWN`.
    """
    if not any(case.out for case in picked.cases):
        raise Rejection(
            Reason.NAME_UNKNOWN, f"every case of setup {picked.setup.name!r} is rejected"
        )
    return FORMS[form](picked) | {"pack.json": _description(picked).encode()}


def _columns(picked: Pick) -> Iterator[tuple[str, Format, list[list[int]]]]:
    """`in_x`, `out_out` and such, the format, and the words of every case."""
    cases = [case for case in picked.cases if case.out]
    for port, format in picked.inputs().items():
        yield f"in_{port}", format, [case.words[port] for case in cases]
    for port, format in picked.outputs().items():
        yield f"out_{port}", format, [case.out[port] for case in cases]


def _description(picked: Pick) -> str:
    head = {
        "kind": "fxcaps-pack",
        "version": 1,
        "op": picked.operation,
        "profile": picked.profile,
        "profile_digest": picked.profile_digest,
        "set_digest": picked.set_digest,
        "setup": picked.setup.to_json(),
        "order": "canonical: C order, cases one after another",
    }
    return file_of(head | identifiers(picked), cases=[c.id for c in picked.cases if c.out])


def _readmemh(picked: Pick) -> dict[str, bytes]:
    """One word a line, and a header with depth, width and words of a case."""
    files = {}
    lines = [f"// fxcaps {picked.operation} {picked.profile} {picked.setup.name}"]
    lines += [f"// set {picked.set_digest}"]
    lines += [f"localparam [31:0] FXCAPS_{k} = 32'h{v};" for k, v in identifiers(picked).items()]
    for name, format, cases in _columns(picked):
        words = [word for case in cases for word in case]
        text = "".join(f"{hex_word(word, format)}\n" for word in words)
        files[f"{name}.hex"] = text.encode()
        upper = _identifier(name).upper()
        lines += [
            f"localparam integer {upper}_WIDTH = {format.width};",
            f"localparam integer {upper}_FRAC = {format.frac};",
            f"localparam integer {upper}_SIGNED = {int(format.signed)};",
            f"localparam integer {upper}_WORDS = {len(cases[0])};",
            f"localparam integer {upper}_DEPTH = {len(words)};",
        ]
        lines += [f"localparam integer CASES = {len(cases)};"] if name.startswith("in_") else []
    lines = list(dict.fromkeys(lines))  # CASES once, however many inputs there are
    return files | {"pack.svh": ("\n".join(lines) + "\n").encode()}


def _c(picked: Pick) -> dict[str, bytes]:
    """One header: an array a port, sign-extended to the container of its format."""
    guard = f"FXCAPS_PACK_{identifiers(picked)['SETUP_ID'].upper()}_H"
    lines = [f"/* fxcaps {picked.operation} {picked.profile} {picked.setup.name}"]
    lines += [f" * set {picked.set_digest} */", f"#ifndef {guard}", f"#define {guard}"]
    lines += ["#include <stdint.h>"]
    lines += [f"#define FXCAPS_{k} 0x{v}u" for k, v in identifiers(picked).items()]
    for name, format, cases in _columns(picked):
        ident, size = _identifier(name), len(cases[0])
        bits = 8 * format.container_bytes
        lines += [f"#define {ident.upper()}_WIDTH {format.width}"]
        lines += [
            f"#define {ident.upper()}_FRAC ({format.frac})",
            f"#define {ident.upper()}_WORDS {size}",
        ]
        lines += [f"static const int{bits}_t fxcaps_{ident}[{len(cases)}][{max(size, 1)}] = {{"]
        lines += ["  {" + ", ".join(_literal(word, bits) for word in case) + "}," for case in cases]
        lines += ["};"]
    lines += [f"#define FXCAPS_CASES {len(cases)}", f"#endif /* {guard} */"]
    return {"pack.h": ("\n".join(lines) + "\n").encode()}


def _literal(word: int, bits: int) -> str:
    """A constant of C; the lowest word of 64 bits has none without an expression."""
    if bits < 64:
        return str(word) if word != -(1 << 31) else "(-2147483647 - 1)"
    return f"INT64_C({word})" if word != -(1 << 63) else "(-INT64_C(9223372036854775807) - 1)"


def _npy(picked: Pick) -> dict[str, bytes]:
    """An array a port, `(cases, *shape)`, in the container of its format."""
    files = {}
    shapes = {f"in_{port}": given["shape"] for port, given in picked.setup.inputs.items()}
    shapes |= {f"out_{port}": given["shape"] for port, given in picked.setup.outputs.items()}
    for name, format, cases in _columns(picked):
        words = np.array(cases, container_type(format)).reshape(len(cases), *shapes[name])
        stream = io.BytesIO()
        np.lib.format.write_array(stream, words, version=(1, 0), allow_pickle=False)
        files[f"{name}.npy"] = stream.getvalue()
    return files


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)


FORMS: dict[str, Callable[[Pick], dict[str, bytes]]] = {
    "readmemh": _readmemh,
    "c": _c,
    "npy": _npy,
}
"""What packs can be written as."""
