"""Packs: the cases of a setup as memory files, a C header, or arrays (page `vectors.md`)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from fxcaps.network.digest import joint_digest, words_digest
from fxcaps.network.program import check_container
from fxcaps.profiles import load_profile, published
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import Setup, call_of
from fxcaps.vectors.column import (
    Column,
    Layout,
    c_array,
    memory_files,
    packed_files,
    text_of,
)
from fxcaps.vectors.constants import (
    PREFIX,
    Row,
    as_h,
    as_svh,
    as_text,
    identifier,
    rows_of,
    tensor_rows,
)
from fxcaps.vectors.files import VectorSet
from fxcaps.vectors.packing import npy
from fxcaps.vectors.pick import Pick
from fxcaps.vectors.text import file_of

_BITS = 32
"""Of an identifier, the first of a sha256."""

TAP = Format(True, 64, 0)
"""Taps have no format of their own; those that leave 64 bits are left out of packs."""


def identifiers(picked: Pick) -> dict[str, str]:
    """What a bench compares with the device's constants, eight hexadecimal digits each.

    The setup's is the start of the sha256 of its parameters, inputs and outputs as canonical
    JSON; the profile's that of its digest, absent where the bundle is no profile.
    """
    digits = _BITS // 4
    setup = hashlib.sha256(picked.setup.key.encode()).hexdigest()[:digits]
    profile = {"PROFILE_ID": picked.profile_digest[:digits]} if picked.profile_digest else {}
    return profile | {"SETUP_ID": setup}


def as_asked(found: VectorSet, picked: Pick, profile: str | None) -> Pick:
    """The same cases under the profile that was asked for, where a set holds them once for two."""
    if profile is None or found.same.get((picked.operation, profile)) != picked.profile:
        return picked
    own = [entry for entry in found.entries if entry.profile == profile]
    if own:
        digest = found.read(own[0]).digest
    elif profile in published():
        digest = load_profile(profile).digest
    else:
        return picked  # a profile of someone's own, of which the set says no more
    return replace(picked, profile=profile, profile_digest=digest)


def pack(picked: Pick, form: str, layout: Layout | None = None) -> dict[str, bytes]:
    """The files of a pack by name.

    Args:
        picked: the cases; those that are rejected are left out, their words have no answer.
        form: a key of `FORMS`.
        layout: of inputs and outputs by port; canonical, one word a beat, for none.

    Rejects a setup all of whose cases are rejected with `NAME_UNKNOWN`.
    """
    answered = tuple(case for case in picked.cases if case.out)
    if not answered:
        raise Rejection(
            Reason.NAME_UNKNOWN, f"every case of setup {picked.setup.name!r} is rejected"
        )
    given = layout or Layout()
    left_out = picked.left_out + len(picked.cases) - len(answered)
    shown = replace(picked, cases=answered, left_out=left_out)
    given.check([*picked.inputs(), *picked.outputs()], f"setup {picked.setup.name!r}")
    columns = list(_columns(shown, given))
    files = FORMS[form](shown, columns)
    files["setup.txt"] = as_text(setup_rows(picked.setup, identifiers(picked))).encode()
    files["pack.json"] = _description(shown, columns).encode()
    return files


def _columns(picked: Pick, layout: Layout) -> Iterator[Column]:
    """`in_x`, `out_out`, `tap_root` and such."""
    count = len(picked.cases)
    for prefix, formats, tensors in (
        ("in", picked.inputs(), picked.setup.inputs),
        ("out", picked.outputs(), picked.setup.outputs),
    ):
        for port, format in formats.items():
            words = [(c.words if prefix == "in" else c.out)[port] for c in picked.cases]
            check_container(format, port)
            array = np.array(words, np.int64).reshape(count, *tensors[port]["shape"])
            yield Column(f"{prefix}_{port}", format, array, layout, port)
    for name in picked.cases[0].taps:
        taps = [case.taps.get(name, []) for case in picked.cases]
        if len({len(words) for words in taps}) == 1 and all(
            map(TAP.contains, chain.from_iterable(taps))
        ):
            yield Column(f"tap_{identifier(name)}", TAP, np.array(taps, np.int64), Layout(), name)


def setup_rows(setup: Setup, ids: Mapping[str, str]) -> list[Row]:
    """Identifiers, then formats, shapes and parameters of a setup.

    Rejects a setup whose parameters or formats are what is wrong as the specification does.
    """
    rows = [Row((key.lower(),), int(value, 16)) for key, value in ids.items()]
    call = call_of(setup)
    for prefix, tensors in (("in", setup.inputs), ("out", setup.outputs)):
        for port, given in tensors.items():
            shape = given.get("shape", ())  # the outputs of a call that is rejected have none
            rows += tensor_rows(shape, Format.parse(given["format"]), prefix, port)
    return rows + list(rows_of(call.params, "params"))


def _constants(picked: Pick) -> list[Row]:
    """All but the identifiers."""
    return setup_rows(picked.setup, {})


def _digest(columns: Sequence[Column]) -> str:
    return joint_digest({col.name: words_digest(col.words, col.format) for col in columns})


def _description(picked: Pick, columns: Sequence[Column]) -> str:
    head = {
        "kind": "fxcaps-pack",
        "version": 1,
        "op": picked.operation,
        "profile": picked.profile,
        "profile_digest": picked.profile_digest,
        "set_digest": picked.set_digest,
        "digest": _digest(columns),
        "setup": picked.setup.to_json(),
        "left_out": picked.left_out,
    }
    ids = identifiers(picked)
    ids.setdefault("PROFILE_ID", ids["SETUP_ID"])
    lines = [{"name": column.name} | column.describe() for column in columns]
    return file_of(head | ids, tensors=lines, cases=[case.id for case in picked.cases])


def _heading(picked: Pick) -> list[str]:
    return [
        f"fxcaps {picked.operation} {picked.profile} {picked.setup.name}",
        f"set {picked.set_digest}",
        f"{len(picked.cases)} cases, {picked.left_out} of the setup left out",
    ]


def _id_rows(picked: Pick) -> dict[str, str]:
    """Identifiers; a bundle that is no profile has its setup's for both."""
    ids = identifiers(picked)
    return {"PROFILE_ID": ids.get("PROFILE_ID", ids["SETUP_ID"]), "SETUP_ID": ids["SETUP_ID"]}


def _readmemh(picked: Pick, columns: Sequence[Column]) -> dict[str, bytes]:
    """A file of memory words a tensor, keep-masks beside it, and a header."""
    files, lines = memory_files(columns)
    lines.append("// case k begins at line k * BEATS of its file")
    ids = [f"localparam [31:0] {PREFIX}_{k} = 32'h{v};" for k, v in _id_rows(picked).items()]
    head = [f"// {line}" for line in _heading(picked)] + ids
    head += [f'localparam [511:0] {PREFIX}_SET_DIGEST = "{picked.set_digest}";']
    head += [f"localparam integer CASES = {len(picked.cases)};"]
    lines = head + lines + as_svh(_constants(picked))
    return files | {"pack.svh": text_of(lines)}


def question_files(
    setup: Setup,
    ids: Mapping[str, str],
    questions: Sequence[Mapping[str, Sequence[int]]],
    layout: Layout,
) -> dict[str, bytes]:
    """A pack for a bench that is to dump what comes out: inputs, sizes, and no answer."""
    columns = []
    for prefix, tensors in (("in", setup.inputs), ("out", setup.outputs)):
        for port, given in tensors.items():
            format = Format.parse(given["format"])
            check_container(format, port)
            words = np.zeros((len(questions), *given.get("shape", ())), np.int64)
            if prefix == "in" and questions:
                words = np.array([asked[port] for asked in questions], np.int64)
                words = words.reshape(len(questions), *given["shape"])
            columns.append(Column(f"{prefix}_{port}", format, words, layout, port))
    files, lines = memory_files(columns)
    known = {"PROFILE_ID": ids.get("PROFILE_ID", ids["SETUP_ID"]), "SETUP_ID": ids["SETUP_ID"]}
    head = [f"localparam [31:0] {PREFIX}_{k} = 32'h{v};" for k, v in known.items()]
    head += [f'localparam [511:0] {PREFIX}_SET_DIGEST = "";']
    head += [f"localparam integer CASES = {len(questions)};"]
    lines = head + lines + as_svh(setup_rows(setup, {}))
    kept = {name: data for name, data in files.items() if name.startswith("in_")}
    return kept | {"pack.svh": text_of(lines)}


def _c(picked: Pick, columns: Sequence[Column]) -> dict[str, bytes]:
    """One header: an array a tensor, sign-extended to the container of its format."""
    guard = f"{PREFIX}_PACK_{identifiers(picked)['SETUP_ID'].upper()}_H"
    lines = ["/* " + "\n * ".join(_heading(picked)) + " */"]
    lines += [f"#ifndef {guard}", f"#define {guard}", "#include <stdint.h>"]
    lines += [f"#define {PREFIX}_{k} 0x{v}u" for k, v in _id_rows(picked).items()]
    lines += [f'#define {PREFIX}_SET_DIGEST "{picked.set_digest}"']
    lines += [line for column in columns for line in c_array(column)]
    lines += [f"#define {PREFIX}_CASES {len(picked.cases)}"]
    lines += [*as_h(_constants(picked)), f"#endif /* {guard} */"]
    return {"pack.h": text_of(lines)}


def _npy(picked: Pick, columns: Sequence[Column]) -> dict[str, bytes]:  # noqa: ARG001 - a form
    """An array a tensor, `(cases, *stored shape)`, in the container of its format."""
    return {f"{column.name}.npy": npy(column.arranged, column.format) for column in columns}


def _packed(picked: Pick, columns: Sequence[Column]) -> dict[str, bytes]:
    """Bits without gaps, rows padded to whole bytes, and a text that says so."""
    files, lines = packed_files(columns)
    return files | {"pack.txt": text_of([*_heading(picked), *lines])}


FORMS: dict[str, Callable[[Pick, Sequence[Column]], dict[str, bytes]]] = {
    "readmemh": _readmemh,
    "c": _c,
    "npy": _npy,
    "packed": _packed,
}
"""What packs can be written as."""
