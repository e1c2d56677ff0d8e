"""Independent random streams, one per block of customers and topic.

A customer's data depend on the seed, the block and the topic only, never on how many blocks are made or in
which order, and a new topic leaves all other topics as they were.
"""

from dataclasses import dataclass

import numpy as np

BLOCK_CUSTOMERS = 5_000

_TOPICS = (
    "catalogue",
    "population",
    "identity",
    "orders",
    "campaigns",
    "lines",
    "service",
    "survey",
    "credit",
    "leads",
    "activities",
    "records",
    "pools",
    "attitudes",
    "returns",
    "sellers",
    "receivables",
    "next_year",
    "prices",
    "approvals",
    "deliveries",
    "campaign_sequence",
)
_COMPANY = 0


@dataclass(frozen=True)
class Block:
    """A run of customers that is made in one go.

    Parameters
    ----------
    index : int
        Number of the block, from zero.
    first : int
        Number of its first customer, from zero.
    size : int
        Number of its customers.
    seed : int
        Seed of the company.
    """

    index: int
    first: int
    size: int
    seed: int

    def rng(self, topic: str) -> np.random.Generator:
        """Return the block's own generator for one topic, always from its beginning."""
        return _generator(self.seed, topic, self.index + 1)


def blocks(customers: int, seed: int) -> list[Block]:
    """Cut the customers into blocks.

    Examples
    --------
    >>> [block.size for block in blocks(12_000, seed=1)]
    [5000, 5000, 2000]
    """
    firsts = range(0, customers, BLOCK_CUSTOMERS)
    return [Block(index, first, min(BLOCK_CUSTOMERS, customers - first), seed) for index, first in enumerate(firsts)]


def company_rng(seed: int, topic: str) -> np.random.Generator:
    """Return the generator of what the company has once: its catalogue, its sellers, its cost pools."""
    return _generator(seed, topic, _COMPANY)


def _generator(seed: int, topic: str, part: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_TOPICS.index(topic), part)))
