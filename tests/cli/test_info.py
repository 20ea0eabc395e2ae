"""fxcaps info: what a model or a Program consists of."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fxcaps.network import DeepCapsCode, architecture, save_network
from tests.cli.command import Done, command, refused, saved_network, saved_program
from tests.network.build import random_tensors
from tests.network.deep import narrow, trained

NETWORK = """\
Network small
tensor            shape  type     parameters
pixels            8x8x1  -                 -
conv.weight     2x3x3x1  float64          18
conv.bias             2  float64           2
primary.weight  6x3x3x2  float64         108
primary.bias          6  float64           6
digit.weight    8x3x2x3  float64         144
digit.bias          3x2  float64           6
image             8x8x1  -                 -
conv              6x6x2  -                 -
primary.maps      2x2x6  -                 -
primary.s           8x3  -                 -
primary             8x3  -                 -
digit.votes       8x3x2  -                 -
digit.b0            8x3  -                 -
digit.c0            8x3  -                 -
digit.s0            3x2  -                 -
digit.v0            3x2  -                 -
digit.a0            8x3  -                 -
digit.b1            8x3  -                 -
digit.c1            8x3  -                 -
digit.s1            3x2  -                 -
digit.v1            3x2  -                 -
digit.a1            8x3  -                 -
digit.b2            8x3  -                 -
digit.c2            8x3  -                 -
digit.s2            3x2  -                 -
digit.v2            3x2  -                 -
length                3  -                 -
class            scalar  -                 -

step          multiply-accumulates
conv                           648
primary.conv                   432
votes                          144
digit                          240
all                          1,464

parameters: 284 (1.1 kB as 32-bit floats)
"""


def test_describes_a_network(tmp_path: Path) -> None:
    """Given a network's file, when described, then tensors, counts and products are these."""
    assert command("info", saved_network(tmp_path)) == Done(0, NETWORK, "")


def test_describes_the_embedded_model() -> None:
    """Given its name, when described, then it has 296,860 parameters and 4.14 million products."""
    done = command("info", "mnist-small")
    lines = done.out.splitlines()
    assert (done.code, done.err, lines[0]) == (0, "", "Network mnist-small")
    assert "digit.weight    1024x10x6x4  float16     245,760" in lines
    assert lines[-1] == "parameters: 296,860 (1,187.4 kB as 32-bit floats)"
    assert lines[-3] == "all                      4,143,680"


def test_describes_a_normalisation(tmp_path: Path) -> None:
    """Given DeepCaps, when described, then what its normalisation has trained counts."""
    network = trained(narrow(DeepCapsCode.QCAPSNETS))
    save_network(network, tmp_path / "narrow.npz")
    done = command("info", tmp_path / "narrow.npz")
    rows = [line.split() for line in done.out.splitlines()]
    assert ["norm.scale", "3", "exact", "3"] in rows
    assert ["norm.offset", "3", "exact", "3"] in rows
    words = sum(tensor.size for tensor in network.tensors.values())
    assert (
        done.value("parameters")
        == f"{words + 6:,} ({4 * (words + 6) / 1000:,.1f} kB as 32-bit floats)"
    )


def test_describes_arrays_alone(tmp_path: Path) -> None:
    """Given named arrays and their architecture, when described, then it is that one."""
    tensors = {
        name: tensor.astype(np.float32)
        for name, tensor in random_tensors(architecture("q7-mnist")).items()
    }
    np.savez(tmp_path / "bare.npz", allow_pickle=False, **tensors)
    done = command("info", tmp_path / "bare.npz", "--architecture", "q7-mnist")
    assert done.code == 0
    assert done.out.startswith("Network q7-mnist\n")
    assert done.value("parameters") == "296,800 (1,187.2 kB as 32-bit floats)"
    assert command("info", tmp_path / "bare.npz") == refused(
        f"FILE_FOREIGN: {tmp_path / 'bare.npz'}: the archive has no description.json; name its "
        "architecture"
    )


def test_describes_a_program(tmp_path: Path) -> None:
    """Given a Program, when described, then its origin, table, steps and memory are told."""
    path, program = saved_program(tmp_path)
    done = command("info", path)
    origin, table, steps, products, memory = done.out.split("\n\n")
    assert (done.code, done.err) == (0, "")
    assert origin.splitlines() == [
        f"Program small, digest {program.digest}",
        "model: small",
        "rule: minmax",
        "width: 6",
        "granularity: iteration",
        "calibration_images: 3",
    ]
    rows = [line.split() for line in table.splitlines()]
    assert rows[0] == ["tensor", "kind", "shape", "format", "least", "largest"]
    assert rows[1:] == [
        [
            name,
            entry.kind.value,
            "x".join(map(str, entry.shape)) or "scalar",
            str(entry.format),
            f"{float(entry.format.value(entry.format.min)):g}",
            f"{float(entry.format.value(entry.format.max)):g}",
        ]
        for name, entry in program.tensors.items()
    ]
    assert [line.split("  ")[0] for line in steps.splitlines()] == [
        "step",
        *(step.name for step in program.steps),
    ]
    assert "length            length               out s13f12" in steps.splitlines()
    assert "class             argmax words         -" in steps.splitlines()
    assert products == NETWORK.split("\n\n")[1]
    assert memory == (
        "memory       words  float32 kB  integer kB  smaller\n"
        "weights        284         1.1         0.2    5.33x\n"
        "activations    552         2.2         0.4    5.14x\n"
    )


def test_refuses_what_is_neither(tmp_path: Path) -> None:
    """Given nothing, an empty directory or a text, when described, then one line says so."""
    assert command("info", tmp_path / "absent") == refused(
        f"FILE_UNREADABLE: {tmp_path / 'absent'}: No such file or directory"
    )
    assert command("info", tmp_path) == refused(
        f"FILE_UNREADABLE: {tmp_path / 'program.json'}: No such file or directory"
    )
    (tmp_path / "text").write_text("hello")
    assert command("info", tmp_path / "text") == refused(
        f"FILE_FOREIGN: {tmp_path / 'text'}: not a complete .npz archive (File is not a zip file)"
    )
