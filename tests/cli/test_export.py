"""fxcaps export and fxcaps profile export: Programs and profiles for hardware and firmware."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from fxcaps.network import load_program, save_program
from fxcaps.network.digest import words_digest
from fxcaps.network.program import Program
from fxcaps.profiles import load_profile
from fxcaps.types import Rounding
from fxcaps.vectors.numbers import word_of_bits
from tests.cli.command import Done, command, refused, saved_program
from tests.examples.build import need
from tests.vectors.build import PUBLISHED

PROGRAM = PUBLISHED / "network" / "mnist-small-8" / "program"

PATTERN = "i j d k -> j (i lane=6) d k"


@pytest.fixture(scope="module")
def program() -> Program:
    """A published network with routing and tables."""
    return load_program(PROGRAM)


def exported(place: Path, to: str, *options: object, program: Path = PROGRAM) -> Done:
    return command("export", program, "--to", to, "-o", place, *options)


def test_memory_files(program: Program, tmp_path: Path) -> None:
    """Given a Program, when exported for readmemh, then every constant and table is read back."""
    place = tmp_path / "rom"
    done = exported(place, "readmemh", "--pattern", f"digit.weight:{PATTERN}", "--lanes", "4")
    assert (done.code, done.err) == (0, "")
    about = json.loads((place / "program.json").read_text("ascii"))
    tensors = {item["name"]: item for item in about["tensors"]}
    tables = [f"digit.iterations.{r}.softmax.table" for r in range(3)]
    assert list(tensors) == [*program.constants, *tables]
    for name, words in program.constants.items():
        format = program.tensors[name].format
        lanes = [int(line, 16) for line in (place / f"{name}.hex").read_text("ascii").split()]
        found = [word_of_bits(b >> k * format.width, format) for b in lanes for k in range(4)]
        expected = words
        if name == "digit.weight":
            expected = np.pad(words, [(0, 2), (0, 0), (0, 0), (0, 0)]).transpose(1, 0, 2, 3)
            assert tensors[name]["order"] == PATTERN
            assert tensors[name]["stored_shape"] == [10, 1026, 6, 4]
        assert found[: expected.size] == expected.ravel().tolist()
        assert not any(found[expected.size :])
        assert tensors[name]["sha256"] == words_digest(words, format)
    softmax = program.steps[-3].params.iterations[1].softmax  # type: ignore[attr-defined]
    lines = (place / f"{tables[1]}.hex").read_text("ascii").split()
    width = int(tensors[tables[1]]["format"][1:].split("f")[0])
    entries = [int(line, 16) >> k * width & (1 << width) - 1 for line in lines for k in range(4)]
    assert entries[: len(softmax.table)] == list(softmax.table)


def test_the_header_of_memory_files(program: Program, tmp_path: Path) -> None:
    """Given a Program, when exported, then its constants stand under the names of the pages."""
    place = tmp_path / "rom"
    assert exported(place, "readmemh").code == 0
    lines = (place / "program.svh").read_text("ascii").splitlines()
    for line in (
        f"localparam [31:0] FXCAPS_PROGRAM_ID = 32'h{program.digest[:8]};",
        "localparam [31:0] FXCAPS_PROFILE_ID = 32'hc184610f;",
        "localparam integer CONV_WEIGHT_DEPTH = 784;",
        "localparam integer FXCAPS_TENSOR_DIGIT_C0_WIDTH = 8;",
        "localparam integer FXCAPS_STEP_PRIMARY_GUARD = 8;",
        "localparam integer FXCAPS_STEP_DIGIT_ITERATIONS_2_SQUASH_ACCUMULATOR_WIDTH = 18;",
        'localparam FXCAPS_STEP_DIGIT_PORT_VOTES = "digit.votes";',
    ):
        assert line in lines
    text = (place / "program.txt").read_text("ascii").splitlines()
    assert "step.conv.stride 2 1 1" in text
    assert "step.length.port.x digit.v2" in text


def test_for_icarus(tmp_path: Path) -> None:
    """Given the header, when read by Icarus Verilog, then it is SystemVerilog."""
    need("iverilog")
    assert exported(tmp_path / "rom", "readmemh").code == 0
    bench = 'module t;\n`include "program.svh"\n'
    bench += "initial $display(FXCAPS_STEP_DIGIT_ITERATIONS_0_SOFTMAX_INDEX_FRAC);\nendmodule\n"
    (tmp_path / "t.sv").write_text(bench, "ascii")
    command = ["iverilog", "-g2012", "-I", "rom", "-o", "t", "t.sv"]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run(["vvp", "t"], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S607
    assert done.stdout.split() == ["0"]


def test_for_c(tmp_path: Path) -> None:
    """Given a small Program, when compiled and printed, then its words and parameters."""
    need("gcc")
    path, program = saved_program(tmp_path)
    assert exported(tmp_path / "c", "c", program=path).code == 0
    name = next(iter(program.constants))
    words = program.constants[name].ravel().tolist()
    ident = re.sub(r"\W+", "_", name)
    (tmp_path / "c" / "main.c").write_text(
        '#include <stdio.h>\n#include "program.h"\nint main(void) {\n'
        f"  for (int k = 0; k < {ident.upper()}_WORDS; k++)\n"
        f'    printf("%d\\n", (int)fxcaps_{ident}[0][k]);\n'
        '  printf("%08x\\n", FXCAPS_PROGRAM_ID);\n  return 0;\n}\n',
        "ascii",
    )
    flags = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")
    place = tmp_path / "c"
    subprocess.run(["gcc", *flags, "main.c", "program.c", "-o", "main"], cwd=place, check=True)  # noqa: S607
    run = subprocess.run([str(place / "main")], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [*map(str, words), program.digest[:8]]


def test_arrays_and_packed_bits(program: Program, tmp_path: Path) -> None:
    """Given a Program, when exported as arrays and as bits, then shapes, and rows of bytes."""
    assert exported(tmp_path / "npy", "npy").code == 0
    bias = np.load(tmp_path / "npy" / "digit.bias.npy")
    np.testing.assert_array_equal(bias, program.constants["digit.bias"].astype("int8"), strict=True)
    assert exported(tmp_path / "bits", "packed", "--bits", "14").code == 0
    content = (tmp_path / "bits" / "digit.bias.bin").read_bytes()
    assert len(content) == bias.shape[0] * 11
    assert int.from_bytes(content[:11], "little") & 0x3FFF == int(bias[0, 0]) & 0x3FFF
    about = (tmp_path / "bits" / "pack.txt").read_text("ascii")
    assert "digit.bias: s8f9 10x6" in about
    assert (
        "14 bits a word, least significant first, rows of 11 bytes, their last bits zero" in about
    )


def test_types_of_vitis(program: Program, tmp_path: Path) -> None:
    """Given a Program, when exported for HLS, then a type with its modes for every tensor."""
    assert exported(tmp_path / "ap", "ap_fixed").code == 0
    lines = (tmp_path / "ap" / "program_ap.h").read_text("ascii").splitlines()
    assert "typedef ap_fixed<8, 1> fxcaps_conv_weight_t;" in lines
    assert "typedef ap_ufixed<8, 1, AP_RND, AP_SAT> fxcaps_conv_t;" in lines
    assert "typedef ap_fixed<8, 2, AP_RND, AP_SAT> fxcaps_digit_a0_t;" in lines
    assert sum(line.startswith("typedef ") for line in lines) == len(program.tensors)


def test_types_that_vitis_has_not(tmp_path: Path) -> None:
    """Given a mode without a name in Vitis, when exported, then a line says so."""
    _, program = saved_program(tmp_path)
    steps = []
    for step in program.steps:
        params = step.params
        if hasattr(params, "rounding"):
            params = type(params)(**(vars(params) | {"rounding": Rounding.TIES_TO_ODD}))
        steps.append(type(step)(step.name, params, step.inputs, step.outputs))
    odd = type(program)(**(_fields(program) | {"steps": tuple(steps)}))
    save_program(odd, tmp_path / "odd")
    assert exported(tmp_path / "ap", "ap_fixed", program=tmp_path / "odd").code == 0
    text = (tmp_path / "ap" / "program_ap.h").read_text("ascii")
    assert ", whose rounding or overflow has no name here\n" in text


def _fields(program: Program) -> dict[str, object]:
    names = ("name", "steps", "tensors", "constants", "outputs", "origin")
    return {name: getattr(program, name) for name in names}


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ("--lanes", "nobody:2"),
            "NAME_UNKNOWN: Program 'small' has no 'nobody'; known: conv.weight, ",
        ),
        (("--lanes", "0"), "--lanes takes [NAME:]N with N of at least 1 or row, found '0'"),
        (("--pattern", "i -> i"), "--pattern takes NAME:PATTERN, found 'i -> i'"),
        (
            ("--pattern", "conv.bias:i j -> j i"),
            "SHAPE_MISMATCH: conv.bias: pattern 'i j -> j i' names 2 axes, the tensor is 2\n",
        ),
        (
            ("--bits", "5"),
            "FORMAT_INVALID: conv.weight: 5 bits do not hold the words of s6f4\n",
        ),
    ],
)
def test_layouts_that_are_refused(options: tuple[str, ...], line: str, tmp_path: Path) -> None:
    """Given a layout that cannot be, when exported, then one line and no folder."""
    path, _ = saved_program(tmp_path)
    done = exported(tmp_path / "rom", "packed", *options, program=path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"fxcaps: {line}")
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_is_taken(tmp_path: Path) -> None:
    """Given a folder that exists, when exported, then refused."""
    done = exported(tmp_path, "npy")
    assert done == refused(f"FILE_UNWRITABLE: {tmp_path}: exists; choose another place")


def test_a_profile_as_constants(tmp_path: Path) -> None:
    """Given a profile, when exported in every form, then each carries its identifier."""
    digest = load_profile("fxcaps-acc16").digest
    texts = {}
    for form in ("json", "svh", "h", "ap_fixed"):
        path = tmp_path / form
        assert command("profile", "export", "fxcaps-acc16", path, "--to", form).code == 0
        texts[form] = path.read_text("ascii")
    assert json.loads(texts["json"])["digest"] == digest
    name = "FXCAPS_AGREEMENT_ACCUMULATOR"
    svh, header = texts["svh"].splitlines(), texts["h"].splitlines()
    assert f"localparam [31:0] FXCAPS_PROFILE_ID = 32'h{digest[:8]};" in svh
    assert f"localparam integer {name}_WIDTH = 16;" in svh
    assert f"#define FXCAPS_PROFILE_ID 0x{digest[:8]}u" in header
    assert f"#define {name}_CHECK_PER_STEP 1" in header
    ap = texts["ap_fixed"].splitlines()
    assert f"static const std::uint32_t fxcaps_profile_id = 0x{digest[:8]}u;" in ap
    k = ap.index("template <int W, int I> using fxcaps_squash_t =")
    assert ap[k + 1] == "    ap_fixed<W, I, AP_RND, AP_SAT>;"


def test_a_profile_that_vitis_cannot_say(tmp_path: Path) -> None:
    """Given rules that are no modes, when exported for HLS, then lines say so."""
    path = tmp_path / "ap.h"
    assert command("profile", "export", "qcapsnets-rtn", path, "--to", "ap_fixed").code == 0
    assert "// squash: its rounding or overflow has no name here\n" in path.read_text("ascii")
