"""Which tables are taken, and what becomes of their rows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from conftest import plays, trust

from signal_music import Signal


def test_plays_are_counted_and_come_in_once() -> None:
    signal = Signal.memory()
    table = plays(("ana", "Nina Simone", 3), ("ana", "Sun Ra", 4), ("ben", "Sun Ra", 5))
    first = signal.add_plays(table)
    assert (first["users"], first["artists"], first["play_counts"], first["plays"]) == (2, 2, 3, 12)
    assert (first["users_new"], first["artists_new"], first["play_counts_new"], first["plays_new"]) == (2, 2, 3, 12)
    again = signal.add_plays(table)
    assert {name: count for name, count in again.items() if name.endswith("_new")} == {
        name: 0 for name in first if name.endswith("_new")
    }


def test_rows_that_say_nothing_are_left_out_and_counted() -> None:
    signal = Signal.memory()
    answer = signal.add_plays(plays(("ana", "Sun Ra", 0), ("ana", "", 3), ("ana", " ", 3), ("ana", "Sun Ra", 1)))
    assert answer["skipped"] == {"no plays": 1, "nothing named": 2}
    assert answer["plays"] == 1
    answer = signal.add_trust(trust(("ana", "ben", 0.0), ("ana", "ben", -1.0), ("ana", "ana", 1.0), ("ana", "ben", 0.5)))
    assert answer["skipped"] == {"no trust (weight 0)": 1, "distrust (negative weight)": 1, "trust in oneself": 1}
    assert answer["trust_edges"] == 1


def test_weights_are_divided_by_the_scale() -> None:
    signal = Signal.memory()
    signal.add_trust(trust(("ana", "ben", 4), ("ben", "cleo", 5)), scale=5)
    assert signal.compatibility("ana", "cleo")["trust_path"] == pytest.approx(0.8)


def test_the_last_row_about_a_pair_holds() -> None:
    signal = Signal.memory()
    signal.add_trust(trust(("ana", "ben", 0.2), ("ana", "ben", 0.6)))
    assert signal.compatibility("ana", "ben")["trust_path"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    "users",
    [
        pa.array(["7", "8"], pa.string()),
        pa.array(["7", "8"], pa.large_string()),
        pa.array(["7", "8"], pa.string_view()),
        pa.array(["7", "8"]).dictionary_encode(),
        pa.array([7, 8], pa.int64()),
        pa.array([7, 8], pa.uint8()),
    ],
    ids=lambda users: str(users.type),
)
def test_names_may_be_any_text_or_whole_numbers(users: pa.Array) -> None:
    signal = Signal.memory()
    signal.add_plays(pa.table({"user": users, "artist": ["Sun Ra", "Sun Ra"], "plays": [1, 2]}))
    assert signal.trust_score("7")["user"]["name"] == "py:7"
    assert signal.compatibility("7", "py:8")["taste"] == pytest.approx(1)


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint32(), pa.int64(), pa.float32(), pa.float64()], ids=str)
def test_plays_may_be_any_whole_numbers(kind: pa.DataType) -> None:
    table = pa.table({"user": ["ana", "ben"], "artist": ["Sun Ra", "Sun Ra"], "plays": pa.array([100, 7], kind)})
    assert Signal.memory().add_plays(table)["plays"] == 107


def test_other_columns_and_several_batches_do_no_harm() -> None:
    one = pa.table({"note": ["x"], "user": ["ana"], "artist": ["Sun Ra"], "plays": [1]})
    assert Signal.memory().add_plays(pa.concat_tables([one, one, one]))["plays"] == 3


def test_anything_with_an_arrow_stream_is_a_table() -> None:
    class Wrapped:
        def __init__(self, table: pa.Table) -> None:
            self.table = table

        def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any:
            return self.table.__arrow_c_stream__(requested_schema)

    assert Signal.memory().add_plays(Wrapped(plays(("ana", "Sun Ra", 2))))["plays"] == 2
    reader = plays(("ana", "Sun Ra", 2)).to_reader()
    assert Signal.memory().add_plays(reader)["plays"] == 2


def test_an_empty_table_adds_nothing() -> None:
    empty = plays(("ana", "Sun Ra", 1)).slice(0, 0)
    assert Signal.memory().add_plays(empty)["users"] == 0


def test_a_source_keeps_its_people_apart() -> None:
    signal = Signal.memory()
    signal.add_plays(plays(("2", "Sun Ra", 5)), source="hetrec")
    assert signal.trust_score("2")["user"]["name"] == "hetrec:2"
    signal.add_plays(plays(("2", "Slayer", 5)))
    with pytest.raises(ValueError, match="several people; add the source"):
        signal.trust_score("2")
    assert signal.compatibility("hetrec:2", "py:2")["taste"] == 0
