"""An independent check on the specification: exact fractions, straight from the mathematics.

Nothing here imports the specification; parameters and formats are the shared vocabulary.
"""

from tests.twin.nested import Outcome, Refused
from tests.twin.table import TWIN

__all__ = ["TWIN", "Outcome", "Refused"]
