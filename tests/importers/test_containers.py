"""Containers: the same network from each, and what is refused of a file itself."""

from __future__ import annotations

import importlib
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.importers import CONTAINERS, Choices, Container, Source, import_file, source
from fxcaps.importers.containers import register_container
from fxcaps.network import save_network
from fxcaps.types import Reason, Rejection
from tests.importers.compare import assert_equal_outputs
from tests.importers.sources import IMAGE, Arrays, images, shallow, shallow_forward
from tests.network.build import small_network
from tests.network.disk import pickled
from tests.support.outcomes import Rejected, rejection_of

SMALL = Choices(image=IMAGE)


def save_npz(arrays: Arrays, path: Path) -> None:
    np.savez(path, allow_pickle=False, **arrays)


def save_safetensors(arrays: Arrays, path: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    numpy.save_file(arrays, path, metadata={"format": "pt"})


def save_hdf5(arrays: Arrays, path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array


def save_torch(arrays: Arrays, path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)


SAVE: dict[str, tuple[str, Callable[[Arrays, Path], None]]] = {
    "npz": (".npz", save_npz),
    "safetensors": (".safetensors", save_safetensors),
    "hdf5": (".h5", save_hdf5),
    "torch": (".pt", save_torch),
}
"""Container -> suffix, and how its own package writes it."""


def saved(container: str, directory: Path, arrays: Arrays | None = None) -> Path:
    """A small ShallowCapsNet in a container."""
    suffix, save = SAVE[container]
    path = directory / f"model{suffix}"
    save(shallow() if arrays is None else arrays, path)
    return path


def refused(path: Path, **options: Any) -> Rejected:
    """Why a file is not imported; the message is one line that names it."""
    found = rejection_of(lambda: import_file(path, choices=SMALL, **options))
    assert "\n" not in found.message
    return found


def test_every_container_is_tested() -> None:
    """Given the table; then each of its containers is written by this file."""
    assert list(SAVE) == list(CONTAINERS)


@pytest.mark.parametrize("suffix", ["", ".bin", "own"])
@pytest.mark.parametrize("container", SAVE)
def test_every_container_gives_the_same_network(
    container: str, suffix: str, tmp_path: Path
) -> None:
    """Given one state dict in each container, whatever its name, then outputs are the source's."""
    path = saved(container, tmp_path)
    if suffix != "own":
        path = path.rename(tmp_path / f"model{suffix}")
    made = import_file(path, choices=SMALL)
    assert made.facts[0] == ("container", container, "by content")
    pixels = images(depth=2)
    assert_equal_outputs(made.network, pixels, shallow_forward(shallow(), pixels))
    assert {array.dtype for array in made.network.tensors.values()} <= {
        np.dtype(np.float32),
        np.dtype(np.float64),  # of the coupling, which is no weight
    }


@pytest.mark.parametrize("container", SAVE)
def test_every_truncation_is_refused(container: str, tmp_path: Path) -> None:
    """Given a file that ends early, wherever, when imported, then one line refuses it."""
    path = saved(container, tmp_path)
    whole = path.read_bytes()
    for size in range(1, len(whole), len(whole) // 40):
        path.write_bytes(whole[:size])
        assert refused(path).reason in {Reason.FILE_FOREIGN, Reason.FILE_UNREADABLE}


@pytest.mark.parametrize("container", SAVE)
def test_damage_never_passes_for_another_error(container: str, tmp_path: Path) -> None:
    """Given bytes changed at random, when imported, then it is a network or a refusal."""
    path = saved(container, tmp_path)
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    reasons = set()
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(3):
            content[int(random.integers(min(len(whole), 2000)))] = int(random.integers(256))
        path.write_bytes(content)
        try:
            import_file(path, choices=SMALL)
        except Rejection as rejection:
            reasons.add(rejection.reason)
            assert "\n" not in rejection.message
            assert str(path) in rejection.message
    assert reasons


@pytest.mark.parametrize("container", ["safetensors", "hdf5", "torch"])
def test_an_absent_package_is_named(
    container: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a container whose package is not installed, then the extra that has it is named."""
    package = {"safetensors": "safetensors", "hdf5": "h5py", "torch": "torch"}[container]
    kind = {
        "safetensors": "safetensors files",
        "hdf5": "HDF5 files",
        "torch": "files of torch.save",
    }[container]

    def absent(name: str) -> Any:
        raise ImportError(name)

    path = tmp_path / "model"
    path.write_bytes(b"never read")
    monkeypatch.setattr(importlib, "import_module", absent)
    assert refused(path, container=container) == Rejected(
        Reason.FILE_UNREADABLE,
        f"{path}: reading {kind} needs {package}; install it with: "
        f'pip install "fxcaps[{container}]"',
    )


def test_suffix_and_content_must_agree(tmp_path: Path) -> None:
    """Given one container named like another, then both are told; the right name is given."""
    path = saved("npz", tmp_path).rename(tmp_path / "model.h5")
    assert refused(path) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: named like hdf5, but holds npz; rename it or give its container",
    )
    made = import_file(path, container="npz", choices=SMALL)
    assert made.facts[0] == ("container", "npz", "given")


@pytest.mark.parametrize(
    ("name", "content", "reason", "message"),
    [
        ("absent.npz", None, Reason.FILE_UNREADABLE, "No such file or directory"),
        ("empty.pt", b"", Reason.FILE_FOREIGN, "is empty"),
        (
            "text.txt",
            b"hello",
            Reason.FILE_FOREIGN,
            "neither content nor name is that of any of npz, safetensors, hdf5, torch",
        ),
        (
            "text.npz",
            b"hello",
            Reason.FILE_FOREIGN,
            "not a complete .npz archive (File is not a zip file)",
        ),
    ],
)
def test_refuses_files(
    name: str, content: bytes | None, reason: Reason, message: str, tmp_path: Path
) -> None:
    """Given a file absent, empty or of nothing known, then one line tells."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert refused(path) == Rejected(reason, f"{path}: {message}")


@pytest.mark.parametrize("container", [None, *SAVE])
def test_refuses_a_directory(container: str | None, tmp_path: Path) -> None:
    """Given a directory, when imported as anything, then it cannot be read."""
    if container not in {None, "npz"}:
        name = {"hdf5": "h5py"}.get(str(container), str(container))
        pytest.importorskip(name)
    assert refused(tmp_path, container=container) == Rejected(
        Reason.FILE_UNREADABLE, f"{tmp_path}: Is a directory"
    )


def test_refuses_an_unknown_container(tmp_path: Path) -> None:
    """Given a container that does not exist, then those that do are told."""
    path = saved("npz", tmp_path)
    assert refused(path, container="onnx") == Rejected(
        Reason.NAME_UNKNOWN, "no container 'onnx'; known: npz, safetensors, hdf5, torch"
    )


def test_npz_is_never_unpickled(tmp_path: Path) -> None:
    """Given an `.npz` with a pickle in it, when imported, then it is refused and not run."""
    path = tmp_path / "model.npz"
    np.savez(path, **{"conv.bias": pickled(tmp_path / "sprung")})
    assert refused(path) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: conv.bias.npy: not a plain .npy array (Object arrays cannot be loaded when "
        "allow_pickle=False)",
    )
    assert not (tmp_path / "sprung").exists()


def test_a_network_needs_no_import(tmp_path: Path) -> None:
    """Given the file of a Network, when imported, then it says that it is one."""
    path = tmp_path / "network.npz"
    save_network(small_network(), path)
    assert refused(path) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: has a description.json and is no plain .npz; a Network needs no import",
    )


def header(entries: dict[str, Any], data: bytes) -> bytes:
    """A safetensors file with this header."""
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype: str, shape: list[int], first: int, last: int) -> dict[str, Any]:
    """A tensor in the header of a safetensors file."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, last]}


def test_bfloat16_becomes_float32(tmp_path: Path) -> None:
    """Given bfloat16 in safetensors, when read, then float32 holds the same values."""
    pytest.importorskip("safetensors")
    path = tmp_path / "model.safetensors"
    words = np.array([0x3F80, 0xC0A0, 0x0001, 0x7F7F], "<u2")
    path.write_bytes(header({"x": entry("BF16", [2, 2], 0, 8)}, words.tobytes()))
    (array,) = CONTAINERS["safetensors"].read(path).arrays.values()
    assert array.dtype == np.float32
    expected = [[1.0, -5.0], [2.0**-133, float.fromhex("0x1.fep127")]]
    assert array.tolist() == expected


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (
            header({"x": entry("F8_E4M3", [4], 0, 4)}, bytes(4)),
            Reason.DATA_INVALID,
            (
                "tensor 'x': type F8_E4M3 is not among BF16, F64, F32, F16, I64, I32, I16, I8, U8, "
                "BOOL"
            ),
        ),
        (
            header({"x": entry("F32", [2], 0, 8)}, bytes(4)),
            Reason.FILE_FOREIGN,
            (
                "not a whole safetensors file (Error while deserializing: incomplete metadata, "
                "file not fully covered)"
            ),
        ),
    ],
)
def test_refuses_safetensors(content: bytes, reason: Reason, message: str, tmp_path: Path) -> None:
    """Given a type that NumPy has not, then places outside the file, then one line tells."""
    pytest.importorskip("safetensors")
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    assert refused(path) == Rejected(reason, f"{path}: {message}")


def test_hdf5_reads_no_other_file(tmp_path: Path) -> None:
    """Given data in another file, then they are refused; links to one are not followed."""
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(bytes(16))
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (4,), "<f4", external=[(str(tmp_path / "secret"), 0, 16)])
    assert refused(path) == Rejected(
        Reason.FILE_FOREIGN, f"{path}: dataset 'x': its data lie in another file"
    )
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["y"] = np.zeros(3)
    with h5py.File(path, "w") as file:
        file["x"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "y")
    assert dict(CONTAINERS["hdf5"].read(path).arrays) == {}
    with h5py.File(path, "w") as file:
        place = h5py.VirtualLayout((3,), "<f8")
        place[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "y", (3,))
        file.create_virtual_dataset("x", place)
    assert refused(path) == Rejected(
        Reason.FILE_FOREIGN, f"{path}: dataset 'x': its data lie in another file"
    )


def test_hdf5_holds_numbers_of_a_sensible_size(tmp_path: Path) -> None:
    """Given texts, then a shape that no memory holds, when imported, then one line tells."""
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file["x"] = "words"
    assert refused(path) == Rejected(
        Reason.DATA_INVALID, f"{path}: dataset 'x': needs numbers, found object"
    )
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (1 << 40,), "<f4", chunks=(1024,))
    assert refused(path) == Rejected(
        Reason.DATA_INVALID,
        f"{path}: with 'x' (1099511627776,) the tensors take 4,398,046,511,104 bytes, more than "
        f"{source.LIMIT:,}",
    )


def test_a_zip_of_other_things_is_no_container(tmp_path: Path) -> None:
    """Given a zip archive of a text, when imported, then nothing recognises it."""
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    assert refused(path).message == (
        f"{path}: neither content nor name is that of any of npz, safetensors, hdf5, torch"
    )


def test_another_container_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a container of somebody else, when registered, then its files are imported."""
    monkeypatch.setattr("fxcaps.importers.containers.CONTAINERS", dict(CONTAINERS))
    theirs = Container(
        name="theirs",
        title="a mark alone",
        suffixes=(".theirs",),
        recognise=lambda head, _: head == b"theirs",
        read=lambda _: Source(shallow()),
    )
    register_container(theirs)
    path = tmp_path / "model.theirs"
    path.write_bytes(b"theirs")
    made = import_file(path, choices=SMALL)
    assert made.facts[0] == ("container", "theirs", "by content")
    assert rejection_of(lambda: register_container(theirs)) == Rejected(
        Reason.PARAMETER_INVALID, "a container named theirs is registered already"
    )
