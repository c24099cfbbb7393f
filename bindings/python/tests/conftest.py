"""A small community that every test can use."""

from __future__ import annotations

import pyarrow as pa
import pytest

from signal_music import Signal


def plays(*rows: tuple[str, str, int]) -> pa.Table:
    """A table of plays."""
    users, artists, counts = zip(*rows)
    return pa.table({"user": users, "artist": artists, "plays": counts})


def trust(*rows: tuple[str, str, float]) -> pa.Table:
    """A table of trust."""
    givers, takers, weights = zip(*rows)
    return pa.table({"from": givers, "to": takers, "weight": pa.array(weights, pa.float64())})


@pytest.fixture
def community() -> Signal:
    """Ana and Ben share an artist, and Ana trusts Ben, who trusts Cleo; Dora has nothing to do with them."""
    signal = Signal.memory()
    signal.add_plays(
        plays(
            ("ana", "Nina Simone", 120),
            ("ana", "Alice Coltrane", 40),
            ("ben", "Nina Simone", 80),
            ("ben", "Sun Ra", 15),
            ("cleo", "Sun Ra", 3),
            ("dora", "Slayer", 500),
        )
    )
    signal.add_trust(trust(("ana", "ben", 0.8), ("ben", "cleo", 0.5)))
    return signal
