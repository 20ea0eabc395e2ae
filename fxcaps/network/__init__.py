"""Networks, Programs and the executor that runs them with the operation tables it is given."""

from fxcaps.network.account import Memory, macs, memory, parameters, trained
from fxcaps.network.blocks import Block, blocks
from fxcaps.network.builders import ARCHITECTURES, architecture, capsule_network
from fxcaps.network.cells import Cell, capsule_cell
from fxcaps.network.deepcaps import DeepCapsCode, deepcaps_network
from fxcaps.network.dispatch import Outcome, Tables, apply
from fxcaps.network.executor import Run, Total, run
from fxcaps.network.expand import expand
from fxcaps.network.forward import compute, forward, predict
from fxcaps.network.heads import Normalised, pruned_head
from fxcaps.network.network import Network
from fxcaps.network.network_file import load_network, save_network
from fxcaps.network.override import with_parameters
from fxcaps.network.program import Entry, Kind, Program
from fxcaps.network.program_file import check_place, load_program, save_program
from fxcaps.network.stack import Window, capsule_stack
from fxcaps.network.step import Step
from fxcaps.network.trace import save_trace

__all__ = [
    "ARCHITECTURES",
    "Block",
    "Cell",
    "DeepCapsCode",
    "Entry",
    "Kind",
    "Memory",
    "Network",
    "Normalised",
    "Outcome",
    "Program",
    "Run",
    "Step",
    "Tables",
    "Total",
    "Window",
    "apply",
    "architecture",
    "blocks",
    "capsule_cell",
    "capsule_network",
    "capsule_stack",
    "check_place",
    "compute",
    "deepcaps_network",
    "expand",
    "forward",
    "load_network",
    "load_program",
    "macs",
    "memory",
    "parameters",
    "predict",
    "pruned_head",
    "run",
    "save_network",
    "save_program",
    "save_trace",
    "trained",
    "with_parameters",
]
