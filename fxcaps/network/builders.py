"""The architectures that fxcaps knows by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fxcaps.network.deepcaps import DeepCapsCode, deepcaps_network
from fxcaps.network.network import Network
from fxcaps.network.stack import Window, capsule_stack
from fxcaps.types import Reason, Rejection


def capsule_network(
    name: str,
    *,
    image: tuple[int, int, int],
    channels: int,
    kernel: int,
    types: int,
    dim: int,
    stride: int,
    classes: int,
    dim_out: int,
    iterations: int = 3,
    routed_primary: bool = False,
    capsule_bias: bool = True,
    shared_transforms: bool = False,
) -> Network:
    """Convolution, primary capsules, class capsules: the form of Sabour et al. 2017.

    Args:
        name: of the architecture.
        image: height, width, channels.
        channels: of the first convolution, stride 1.
        kernel: rows and columns of both convolutions, valid padding.
        types: primary capsule types.
        dim: components of a primary capsule.
        stride: of the primary convolution.
        classes: class capsules.
        dim_out: components of a class capsule.
        iterations: of routing.
        routed_primary: as for `capsule_stack`.
        capsule_bias: class capsules have a bias.
        shared_transforms: as for `capsule_stack`.
    """
    return capsule_stack(
        name,
        image=image,
        convolutions=(Window((kernel, kernel), 1, channels),),
        primary=Window((kernel, kernel), stride, types * dim),
        dim=dim,
        classes=classes,
        dim_out=dim_out,
        iterations=iterations,
        routed_primary=routed_primary,
        capsule_bias=capsule_bias,
        shared_transforms=shared_transforms,
    )


_SMALL = partial(
    capsule_network,
    image=(28, 28, 1),
    channels=16,
    kernel=7,
    types=16,
    dim=4,
    stride=2,
    classes=10,
    dim_out=6,
)

_SHALLOW = partial(
    capsule_network,
    image=(28, 28, 1),
    channels=256,
    kernel=9,
    types=32,
    dim=8,
    stride=2,
    classes=10,
    dim_out=16,
)

_OBJECTS = partial(
    capsule_stack,
    image=(32, 32, 3),
    convolutions=(
        Window((3, 3), 1, 32),
        Window((3, 3), 1, 32),
        Window((3, 3), 2, 64),
        Window((3, 3), 2, 64),
    ),
    primary=Window((3, 3), 2, 64),
    dim=4,
    classes=10,
    dim_out=5,
)

_TOYS = partial(
    capsule_network,
    image=(32, 32, 2),
    channels=32,
    kernel=7,
    types=16,
    dim=4,
    stride=2,
    classes=5,
    dim_out=6,
)

_GREY, _COLOUR = (28, 28, 1), (64, 64, 3)
_KERAS = partial(deepcaps_network, code=DeepCapsCode.KERAS)
_QCAPSNETS = partial(deepcaps_network, code=DeepCapsCode.QCAPSNETS)

ARCHITECTURES: dict[str, Callable[[], Network]] = {
    "mnist-small": partial(_SMALL, "mnist-small"),
    "q7-mnist": partial(_SMALL, "q7-mnist", capsule_bias=False),
    "q7-cifar10": partial(_OBJECTS, "q7-cifar10", capsule_bias=False),
    "q7-smallnorb": partial(_TOYS, "q7-smallnorb", capsule_bias=False),
    "shallowcaps": partial(_SHALLOW, "shallowcaps"),
    "shallowcaps-routed": partial(_SHALLOW, "shallowcaps-routed", routed_primary=True),
    "deepcaps-28-keras": partial(_KERAS, "deepcaps-28-keras", image=_GREY),
    "deepcaps-64-keras": partial(_KERAS, "deepcaps-64-keras", image=_COLOUR),
    "deepcaps-28-qcapsnets": partial(_QCAPSNETS, "deepcaps-28-qcapsnets", image=_GREY),
    "deepcaps-64-qcapsnets": partial(_QCAPSNETS, "deepcaps-64-qcapsnets", image=_COLOUR),
    "deepcaps-28-16": partial(_QCAPSNETS, "deepcaps-28-16", image=_GREY, types=16),
}
"""Name -> architecture without weights.

`q7-mnist`, `q7-cifar10` and `q7-smallnorb` are the networks of Q7-CapsNets (Costa et al. 2021),
`mnist-small` is the first of them with a capsule bias. `shallowcaps` is Sabour et al. 2017 with a
plain primary convolution, `shallowcaps-routed` with the primary layer routed once as in the
authors' code.
`deepcaps-*` is Rajasegaran et al. 2019 for images of 28x28x1 and 64x64x3, in the form of the
authors' Keras code or of Q-CapsNets' PyTorch code (Marchisio et al. 2020); `deepcaps-28-16` is the
latter with 16 capsule types a layer in place of 32.
"""


def architecture(name: str) -> Network:
    """The architecture of that name; rejects others with `NAME_UNKNOWN`."""
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise Rejection(Reason.NAME_UNKNOWN, f"no architecture {name!r}; known: {known}")
    return ARCHITECTURES[name]()
