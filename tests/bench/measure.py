"""What all benchmarks share: their description, and medians over rounds."""

import dataclasses
import statistics
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Bench:
    """One benchmark. `function` takes the context and gives the value and a sentence on how it came about."""

    function: Callable
    unit: str
    peer: str
    quick: bool = True


def alternately(rounds, *measurements):
    """Calls each measurement once a round, in turn; the values of each, by measurement."""
    values = [[] for _ in measurements]
    for _ in range(rounds):
        for i, measure in enumerate(measurements):
            values[i].append(measure())
    return values


def median_ratio(ours, others):
    """The median of the rounds' own ratios: what disturbs a round disturbs both of its sides."""
    return statistics.median(a / b for a, b in zip(ours, others))


def median(values):
    return statistics.median(values)
