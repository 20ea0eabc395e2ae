"""Conformance: a device asked the vectors, compared exactly, and reported."""

from fxcaps.conform.adapters.bench import Bench
from fxcaps.conform.adapters.executable import Executable
from fxcaps.conform.adapters.files import Folder, prompted, write_prompt
from fxcaps.conform.adapters.library import Library
from fxcaps.conform.adapters.pipe import Pipe, Replies
from fxcaps.conform.adapters.python import Answer, Call, Function, Implementation
from fxcaps.conform.codes import Code
from fxcaps.conform.device import Block, Device, DeviceError, Question, Reply, Skip, Status
from fxcaps.conform.judge import Difference, Finding, Verdict
from fxcaps.conform.reporting import report
from fxcaps.conform.runner import Result, conduct
from fxcaps.conform.select import Selection, Shard, choose
from fxcaps.conform.start import run

__all__ = [
    "Answer",
    "Bench",
    "Block",
    "Call",
    "Code",
    "Device",
    "DeviceError",
    "Difference",
    "Executable",
    "Finding",
    "Folder",
    "Function",
    "Implementation",
    "Library",
    "Pipe",
    "Question",
    "Replies",
    "Reply",
    "Result",
    "Selection",
    "Shard",
    "Skip",
    "Status",
    "Verdict",
    "choose",
    "conduct",
    "prompted",
    "report",
    "run",
    "write_prompt",
]
