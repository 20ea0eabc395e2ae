"""Files of torch.save: weights only, whatever the file wants. Needs torch; skipped without it."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.importers import Choices, import_file
from fxcaps.importers.torch import _check_version
from fxcaps.types import Reason
from tests.importers.compare import assert_equal_outputs, class_capsules
from tests.importers.sources import IMAGE, images, shallow, shallow_forward
from tests.network.disk import Trap
from tests.support.outcomes import Rejected, rejection_of

SMALL = Choices(image=IMAGE)
WAY = "save model.state_dict()"


def load_torch() -> Any:
    """The package; skips the test without it."""
    return pytest.importorskip("torch", reason="torch is not installed")


def state() -> dict[str, Any]:
    """The small state dict as tensors."""
    torch = load_torch()
    return {name: torch.from_numpy(array) for name, array in shallow().items()}


def refused(path: Path) -> Rejected:
    """Why a file is not imported, in one line."""
    found = rejection_of(lambda: import_file(path, choices=SMALL))
    assert "\n" not in found.message
    return found


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapper", [None, "state_dict", "model_state_dict", "model"])
def test_state_dicts_and_checkpoints(wrapper: str | None, zipped: bool, tmp_path: Path) -> None:
    """Given weights alone or in a checkpoint, in either form, then outputs are the source's."""
    torch = load_torch()
    held = state() if wrapper is None else {wrapper: state(), "epoch": 3, "optimizer": {"lr": 1.0}}
    path = tmp_path / "model.pt"
    torch.save(held, path, _use_new_zipfile_serialization=zipped)
    made = import_file(path, choices=SMALL)
    found = [(fact.value, fact.origin) for fact in made.facts if fact.what == "weights"]
    assert found == ([] if wrapper is None else [(f"under {wrapper!r}", "found")])
    pixels = images(depth=2)
    assert_equal_outputs(made.network, pixels, shallow_forward(shallow(), pixels))


def test_outputs_are_those_of_torch_modules(tmp_path: Path) -> None:
    """Given modules with the names of Q-CapsNets, when saved by torch, then outputs are theirs."""
    torch = load_torch()
    model = modules(torch)
    torch.save(model.state_dict(), tmp_path / "model.pth")
    network = import_file(tmp_path / "model.pth", choices=SMALL).network
    pixels = images(depth=2)
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2) / 255.0)
    with torch.no_grad():
        expected = model.double()(x).numpy()
    assert_equal_outputs(network, pixels, expected)
    np.testing.assert_allclose(class_capsules(network, pixels), expected, rtol=0, atol=1e-12)


def modules(torch: Any) -> Any:
    """A small ShallowCapsNet of torch's own modules, under the names that Q-CapsNets has."""
    nn = torch.nn

    def squash(s: Any) -> Any:
        norm = torch.norm(s, dim=2, keepdim=True)
        return s * norm / (1 + norm**2)

    def routed(votes: Any, bias: Any, iterations: int) -> Any:
        logits = votes.sum(3) * 0
        for _ in range(iterations):
            route = torch.softmax(logits, dim=2).unsqueeze(3)
            v = squash((route * votes).sum(1) + bias)
            logits = logits + (votes * v.unsqueeze(1)).sum(3)
        return v

    class Shallow(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Module()
            self.conv.conv = nn.Conv2d(2, 4, (3, 2))
            self.primary = nn.Module()
            self.primary.conv3d = nn.Conv2d(4, 6, 3, stride=2, bias=False)
            self.primary.bias = nn.Parameter(torch.rand(2, 3, 1, 1))
            self.digit = nn.Module()
            self.digit.weight = nn.Parameter(torch.randn(30, 3, 20) / 2)
            self.digit.bias = nn.Parameter(torch.rand(4, 5) / 8)

        def forward(self, x: Any) -> Any:
            maps = self.primary.conv3d(torch.relu(self.conv.conv(x)))
            votes = maps.view(len(x), 1, 2, 3, *maps.shape[2:])
            u = routed(votes, self.primary.bias, 1)
            u = u.permute(0, 1, 3, 4, 2).reshape(len(x), 30, 3)
            votes = (u.unsqueeze(3) * self.digit.weight).sum(2).view(len(x), 30, 4, 5)
            return routed(votes, self.digit.bias, 3)

    torch.manual_seed(0)
    return Shallow()


def test_bfloat16_and_parameters_are_read(tmp_path: Path) -> None:
    """Given bfloat16 parameters that want gradients, when read, then float32 has their values."""
    torch = load_torch()
    given = {name: torch.nn.Parameter(tensor.bfloat16()) for name, tensor in state().items()}
    torch.save(given, tmp_path / "model.pt")
    made = import_file(tmp_path / "model.pt", choices=SMALL).network.tensors["digit.bias"]
    assert made.dtype == np.float32
    assert made.tolist() == given["digit.bias"].float().tolist()


def test_nothing_is_executed(tmp_path: Path) -> None:
    """Given pickles that would run code, in every form, then each is refused and none runs."""
    torch = load_torch()
    trap, path = tmp_path / "sprung", tmp_path / "model.pt"
    named = f"{path}: holds posix.mkdir, not weights alone, and is not loaded; {WAY}"
    for zipped in (True, False):
        torch.save(state() | {"x": Trap(trap)}, path, _use_new_zipfile_serialization=zipped)
        assert refused(path) == Rejected(Reason.FILE_FOREIGN, named)
    path.write_bytes(pickle.dumps({"x": Trap(trap)}, protocol=2))
    assert refused(path) == Rejected(Reason.FILE_FOREIGN, named)
    path.write_bytes(pickle.dumps({"x": Trap(trap)}, protocol=4))
    assert refused(path).reason is Reason.FILE_FOREIGN
    assert not trap.exists()


def test_refuses_what_is_not_weights_alone(tmp_path: Path) -> None:
    """Given a whole model, a script, a tensor, a list, numbers, then each is told apart."""
    torch = load_torch()
    path = tmp_path / "model.pt"

    def message(held: object) -> str:
        torch.save(held, path)
        found = refused(path)
        assert found.reason is Reason.FILE_FOREIGN
        return found.message.removeprefix(f"{path}: ")

    model = "holds torch.nn.modules.linear.Linear, not weights alone, and is not loaded"
    assert message(torch.nn.Linear(2, 3)) == f"{model}; {WAY}"
    expected = "expected a dictionary of tensors, found"
    assert message(torch.zeros(3)) == f"{expected} Tensor; {WAY}"
    assert message([torch.zeros(3)]) == f"{expected} list; {WAY}"
    assert message({"x": 3}) == f"expected tensors by name, found int at 'x'; {WAY}"
    assert message({3: torch.zeros(3)}) == f"expected tensors by name, found Tensor at 3; {WAY}"
    torch.jit.script(torch.nn.Linear(2, 3)).save(str(path))
    assert refused(path) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: a TorchScript archive holds code, not weights alone, and is not loaded; {WAY}",
    )


def test_refuses_tensors_without_a_plain_array(tmp_path: Path) -> None:
    """Given a sparse tensor, then one that expands beyond memory, then each is refused."""
    torch = load_torch()
    path = tmp_path / "model.pt"
    torch.save({"x": torch.eye(3).to_sparse()}, path)
    found = refused(path)
    assert found.reason is Reason.DATA_INVALID
    assert found.message.startswith(f"{path}: 'x': no plain array (")
    torch.save({"x": torch.zeros(1).expand(1 << 20, 1 << 20)}, path)
    assert refused(path) == Rejected(
        Reason.DATA_INVALID,
        f"{path}: with 'x' (1048576, 1048576) the tensors take 4,398,046,511,104 bytes, more "
        "than 4,294,967,296",
    )


def test_refuses_a_tar_archive(tmp_path: Path) -> None:
    """Given a tar archive, as torch once wrote, when imported, then it is not given to torch."""
    load_torch()
    path = tmp_path / "model.pt"
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo("pickle"), io.BytesIO())
    assert refused(path) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: a tar archive, as torch wrote before 0.4, cannot be loaded safely",
    )


@pytest.mark.parametrize("version", ["2.5.1", "1.13.0+cu117", "nightly"])
def test_refuses_a_torch_that_is_not_safe(version: str) -> None:
    """Given a torch whose weights_only can be tricked, when asked, then it is not used."""
    assert rejection_of(lambda: _check_version(version, Path("m.pt"))) == Rejected(
        Reason.FILE_UNREADABLE,
        f"m.pt: torch {version} cannot load weights safely (CVE-2025-32434); "
        'install another with: pip install "fxcaps[torch]"',
    )


@pytest.mark.parametrize("version", ["2.6.0", "2.13.0+cpu", "10.0"])
def test_takes_a_torch_that_is_safe(version: str) -> None:
    """Given a torch from 2.6 on, when asked, then nothing is refused."""
    _check_version(version, Path("m.pt"))
    assert version
