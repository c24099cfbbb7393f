"""What is refused, and how."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import plays, trust

import signal_music
from signal_music import InvalidError, NotFoundError, RefusedError, Signal, SignalError, StoreError


def test_nobody_is_called_so(community: Signal) -> None:
    calls = [
        lambda name: community.trust_score(name),
        lambda name: community.feed(name),
        lambda name: community.recommend(name),
        lambda name: community.taste_neighbours(name),
        lambda name: community.compatibility("ana", name),
        lambda name: community.compatibility(name, "ana"),
        lambda name: community.compatibilities(["ana", name], ["ana"]),
        lambda name: community.compatibilities(["ana"], [name]),
    ]
    for name in ("nobody", "py:nobody", "No Handle", "", "me", "00000000-0000-7000-8000-000000000000"):
        for call in calls:
            with pytest.raises(NotFoundError, match="no user is called"):
                call(name)
    with pytest.raises(LookupError):
        community.trust_score("nobody")


def test_handles_are_checked_and_taken_once() -> None:
    signal = Signal.memory()
    signal.add_user("ana")
    for handle in ("", "A", "me", "-ana", "x" * 33):
        with pytest.raises(InvalidError, match="handle"):
            signal.add_user(handle)
    with pytest.raises(RefusedError, match="the handle ana is taken") as refused:
        signal.add_user("ana")
    assert refused.value.hint == "choose another"


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("plays", [1, -1], "row 1: plays -1 is not a number from 0"),
        ("plays", [1, 2**33], "row 1: plays 8589934592 is not a number from 0"),
        ("plays", [1.0, 1.5], "row 1: plays 1.5 is not a whole number"),
        ("plays", [1.0, float("nan")], "plays"),
        ("plays", [1, None], "row 1: plays is missing"),
        ("plays", ["1", "many"], "is not a kind of number"),
        ("user", ["ana", None], "row 1: user is missing"),
        ("user", [1.0, 2.0], "neither text nor whole numbers"),
        ("artist", [True, False], "neither text nor whole numbers"),
    ],
)
def test_plays_that_cannot_be_meant(column: str, values: list[Any], message: str) -> None:
    good = {"user": ["ana", "ana"], "artist": ["Sun Ra", "Slayer"], "plays": [1, 2]}
    signal = Signal.memory()
    with pytest.raises(ValueError, match=message):
        signal.add_plays(pa.table({**good, column: values}))
    assert signal.vectors()[0] == [], "something was written"


@pytest.mark.parametrize("weight", [2.0, 1.0001, float("nan"), float("inf"), float("-inf"), None])
def test_weights_that_cannot_be_meant(weight: float | None) -> None:
    table = pa.table({"from": ["ana", "ana"], "to": ["ben", "cleo"], "weight": pa.array([0.5, weight], pa.float64())})
    signal = Signal.memory()
    with pytest.raises(InvalidError, match="row 1: weight"):
        signal.add_trust(table)
    with pytest.raises(NotFoundError):
        signal.trust_score("ana")


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_scales_that_cannot_be_meant(scale: float) -> None:
    with pytest.raises(InvalidError, match="scale"):
        Signal.memory().add_trust(trust(("ana", "ben", 1.0)), scale=scale)


@pytest.mark.parametrize("source", ["", "Py", "a b", "a:b", "x" * 33])
def test_sources_that_cannot_be_meant(source: str) -> None:
    with pytest.raises(InvalidError, match="source"):
        Signal.memory().add_plays(plays(("ana", "Sun Ra", 1)), source=source)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidError, match=r'no column "artist" \(there are user, plays\)'):
        Signal.memory().add_plays(plays(("ana", "Sun Ra", 1)).drop_columns("artist"))


@pytest.mark.parametrize("table", [None, 1, "plays.csv", [("ana", "Sun Ra", 1)], {"user": ["ana"]}])
def test_what_is_no_table(table: Any) -> None:
    with pytest.raises(TypeError, match="__arrow_c_stream__"):
        Signal.memory().add_plays(table)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_feed_has_a_length(community: Signal, limit: int) -> None:
    with pytest.raises(InvalidError, match="limit"):
        community.feed("ana", limit=limit)


def test_what_is_no_store(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database, and long enough to look at")
    for url in (str(notes), "nothing:here"):
        with pytest.raises(StoreError, match="cannot open"):
            Signal.open(url)
    assert notes.read_text().startswith("not a database")


def test_a_broken_stream_is_an_error_and_not_the_end() -> None:
    def batches() -> Any:
        yield plays(("ana", "Sun Ra", 1)).to_batches()[0]
        raise RuntimeError("the source broke")

    signal = Signal.memory()
    reader = pa.RecordBatchReader.from_batches(plays(("ana", "Sun Ra", 1)).schema, batches())
    with pytest.raises(ValueError, match="the source broke"):
        signal.add_plays(reader)
    assert signal.vectors()[0] == []


def test_the_class_cannot_be_made_or_changed_by_hand() -> None:
    with pytest.raises(TypeError):
        Signal()
    with pytest.raises(AttributeError):
        Signal.memory().engine = None  # type: ignore[attr-defined]


def test_every_error_is_one_of_signal_and_travels() -> None:
    for kind in (NotFoundError, InvalidError, RefusedError, StoreError):
        assert issubclass(kind, SignalError)
        error = pickle.loads(pickle.dumps(kind("no", "yes")))
        assert (type(error), error.message, error.hint, str(error)) == (kind, "no", "yes", "no (hint: yes)")
    assert str(signal_music.SignalError("no")) == "no"
    later = pickle.loads(pickle.dumps(RefusedError("no", None, "2026-01-02T00:00:00Z")))
    assert (later.hint, later.retry_at) == (None, "2026-01-02T00:00:00Z")
    assert signal_music.SignalError("no").retry_at is None


def test_a_million_matches_are_the_most(community: Signal) -> None:
    with pytest.raises(InvalidError, match="at most 1000000 pairs at once"):
        community.compatibilities(["ana"] * 1_001, ["ben"] * 1_000)
    with pytest.raises(TypeError):
        community.compatibilities("ana", ["ben"])  # type: ignore[arg-type]
