"""Random bits written down a second time: digits of Philox, lists of bits in the registers."""

from __future__ import annotations

from fxcaps.types import Advance, Direction, Form, Lfsr, Philox


def random_integer(generator: Philox | Lfsr, image: int, index: int) -> int:
    """The random integer of a word."""
    if isinstance(generator, Philox):
        block = [generator.step, image, generator.iteration, index]
        key = [generator.key % 2**32, generator.key // 2**32]
        first = _rounds(block, key, 10)[0]
        return first // 2 ** (32 - generator.bits)
    if generator.beats is None:
        beat, lane = divmod(index, len(generator.seeds))
    else:
        lane, beat = divmod(index, generator.beats)
    bits = [generator.seeds[lane] // 2**k % 2 for k in range(generator.width)]
    moves = (beat + generator.skip + (generator.advance is Advance.BEFORE)) * generator.steps
    for _ in range(moves):
        bits = _moved(generator, bits)
    taken = bits[generator.lowest : generator.lowest + generator.bits]
    return sum(bit * 2**k for k, bit in enumerate(taken))


def _rounds(block: list[int], key: list[int], rounds: int) -> list[int]:
    """The rounds of Philox 4x32 by recursion, the last one first."""
    if rounds == 0:
        return block
    block = _rounds(block, key, rounds - 1)
    bumped = [
        (key[0] + (rounds - 1) * 0x9E3779B9) % 2**32,
        (key[1] + (rounds - 1) * 0xBB67AE85) % 2**32,
    ]
    high0, low0 = divmod(block[0] * 0xD2511F53, 2**32)
    high1, low1 = divmod(block[2] * 0xCD9E8D57, 2**32)
    return [high1 ^ block[1] ^ bumped[0], low1, high0 ^ block[3] ^ bumped[1], low0]


def _moved(generator: Lfsr, bits: list[int]) -> list[int]:
    """A shift of a register whose bits are listed from the least significant one."""
    tapped = [k for k in range(generator.width) if generator.taps // 2**k % 2 == 1]
    right = generator.direction is Direction.RIGHT
    if generator.form is Form.FIBONACCI:
        new = sum(bits[k] for k in tapped) % 2
        return [*bits[1:], new] if right else [new, *bits[:-1]]
    leaving = bits[0] if right else bits[-1]
    moved = [*bits[1:], 0] if right else [0, *bits[:-1]]
    return [(bit + leaving * (k in tapped)) % 2 for k, bit in enumerate(moved)]
