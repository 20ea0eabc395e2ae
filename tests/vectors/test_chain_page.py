"""The chain that the page `vectors.md` works out."""

from __future__ import annotations

from fxcaps.types import Format
from fxcaps.vectors.call import Setup, call_of
from fxcaps.vectors.evaluate import Words, evaluate, feedback
from fxcaps.vectors.stream import Lfsr
from tests.spec.pages import CHAPTERS, blocks, table_with

PAGE = CHAPTERS["vectors.md"]


def test_the_chain_of_the_page() -> None:
    """Given the page's chain, when run, then its words, bytes, checkpoints and bits come out."""
    (chain,) = blocks(PAGE, "chain")
    x, into = chain["inputs"]["x"], Format.parse(chain["inputs"]["x"]["format"])
    given_out = {"out": {"format": chain["formats"]["out"], "shape": x["shape"]}}
    given_in = {"x": {"format": x["format"], "shape": x["shape"]}}
    setup = Setup("page", chain["params"], given_in, given_out)
    read: list[list[int]] = []
    outputs: list[list[int]] = []

    def made(given: Words) -> list[int]:
        read.append(list(given["x"]))
        outputs.append(evaluate(setup, given).words["out"])
        return outputs[-1]

    seed, fed = int(chain["seed"], 16), {"feed": chain["feed"], "source": chain["from"]}
    crcs = list(feedback(call_of(setup), {"x": x["words"]}, made, steps=2, seed=seed, **fed))
    assert outputs == chain["outputs"]
    assert [bytes(w & 255 for w in words).hex() for words in outputs] == chain["bytes"]
    assert [[step, f"{crc:08x}"] for step, crc in crcs] == chain["checkpoints"]
    register, rows = Lfsr(seed), []
    for k, (word, after) in enumerate(zip(outputs[0], read[1], strict=True)):
        bits = register.bits(into.width)
        told = [f"{register.state:08x}", f"{bits:02x}", str(word), f"{word & 255:02x}"]
        rows.append([str(k), *told, f"{word & 255 ^ bits:02x}", str(after)])
    assert rows == table_with(PAGE, "k", "register").rows
