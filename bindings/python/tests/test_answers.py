"""What the answers say."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import plays, trust

import signal_music
from signal_music import Signal


def test_compatibility_has_its_arithmetic(community: Signal) -> None:
    match = community.compatibility("ana", "ben")
    assert match["score"] == pytest.approx(
        0.4 * match["trust_path"] + 0.4 * match["taste"] + 0.2 * match["genre_overlap"]
    )
    assert match["trust_path"] == pytest.approx(0.8)
    assert match["taste"] > 0
    assert match["basis"] == "artists"
    shared = [reason for reason in match["reasons"] if reason["kind"] == "shared_artist"]
    assert [(reason["artist"], reason["plays_a"], reason["plays_b"]) for reason in shared] == [("Nina Simone", 120, 80)]


def test_compatibility_has_a_direction(community: Signal) -> None:
    there, back = community.compatibility("ana", "cleo"), community.compatibility("cleo", "ana")
    assert there["trust_path"] == pytest.approx(0.8 * 0.5)
    assert back["trust_path"] == 0
    assert community.compatibility("ana", "dora")["score"] == 0


def test_many_compatibilities_are_those_of_one_at_a_time(community: Signal) -> None:
    people, others = ["ana", "py:ben", "dora"], ["dora", "cleo", "ben", "ana"]
    scores = community.compatibilities(people, others)
    assert scores.shape == (3, 4)
    assert scores.dtype == np.float64
    expected = [[community.compatibility(a, b)["score"] for b in others] for a in people]
    assert scores.tolist() == expected
    assert scores[0, 2] > scores[1, 3] > 0, "Ana trusts Ben, and he does not trust her"
    assert community.compatibilities(tuple(people), []).shape == (3, 0)


def test_trust_score_has_its_terms() -> None:
    signal = Signal.memory()
    signal.add_user("ana")
    score = signal.trust_score("ana")
    assert score["user"]["name"] == "ana"
    assert {"score", "base", "bonus", "penalty", "decay", "active_days", "position", "at"} <= score.keys()
    assert score["score"] == pytest.approx(
        max(0.0, (score["base"] + score["bonus"] - score["penalty"]) * score["decay"])
    )


def test_feed_says_what_it_is_based_on(community: Signal) -> None:
    feed = community.feed("ana", limit=5)
    assert feed["items"] == []
    assert feed["next"] is None
    assert feed["basis"]["people_in_reach"] == 2
    assert feed["basis"]["taste"] == "artists"


def test_artists_are_recommended_with_reasons() -> None:
    signal = Signal.memory()
    everybody = [f"p{n}" for n in range(6)]
    rows = [(person, artist, 9) for person in everybody for artist in ("Nina Simone", "Moondog")]
    signal.add_plays(plays(*rows, ("ana", "Nina Simone", 5)))
    answer = signal.recommend("ana", top=5)
    assert answer["basis"] == "listening"
    assert [artist["artist"] for artist in answer["artists"]] == ["Moondog"]
    assert answer["artists"][0]["reasons"]
    with pytest.raises(signal_music.InvalidError, match="top: 0"):
        signal.recommend("ana", top=0)


def test_neighbours_are_the_nearest(community: Signal) -> None:
    near = community.taste_neighbours("ana", top=2)["people"]
    assert near[0]["user"]["name"] == "py:ben"
    assert near[0]["reasons"][0]["kind"] == "shared_artist"
    assert near[0]["similarity"] == pytest.approx(round(near[0]["similarity"] / 0.05) * 0.05)


def test_vectors_are_rows_of_people(community: Signal) -> None:
    names, vectors = community.vectors()
    assert sorted(names) == ["py:ana", "py:ben", "py:cleo", "py:dora"]
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    by_name = dict(zip(names, vectors))
    assert by_name["py:ana"] @ by_name["py:ben"] > by_name["py:ana"] @ by_name["py:dora"]


def test_vectors_of_nobody() -> None:
    names, vectors = Signal.memory().vectors()
    assert names == []
    assert vectors.shape == (0, 384)


def test_answers_are_plain(community: Signal) -> None:
    for answer in (community.compatibility("ana", "ben"), community.feed("ana"), community.trust_score("ana")):
        assert json.loads(json.dumps(answer)) == answer


def test_people_are_found_by_every_name(community: Signal) -> None:
    uuid = community.add_user("emil")
    for name in (uuid, "emil"):
        assert community.trust_score(name)["user"] == {"id": uuid, "name": "emil"}
    assert community.trust_score("ana")["user"] == community.trust_score("py:ana")["user"]


def test_a_handle_goes_before_a_name_of_a_table(community: Signal) -> None:
    community.add_user("ana")
    assert community.trust_score("ana")["user"]["name"] == "ana"
    assert community.trust_score("py:ana")["user"]["name"] == "py:ana"


def test_a_file_keeps_everything(tmp_path: Path) -> None:
    path = str(tmp_path / "community.db")
    first = Signal.open(path)
    first.add_plays(plays(("ana", "Nina Simone", 3), ("ben", "Nina Simone", 5)))
    first.add_trust(trust(("ana", "ben", 1.0)))
    expected = first.compatibility("ana", "ben")
    assert expected["score"] > 0.4
    del first
    assert Signal.open(path).compatibility("ana", "ben") == expected


def test_other_threads_run_meanwhile(community: Signal) -> None:
    expected = community.compatibility("ana", "ben")
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(community.compatibility("ana", "ben") for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 80


def test_the_readme_runs() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    code = readme.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["match"]["score"] > 0.4 * 4 / 5
    assert names["vectors"].shape == (len(names["names"]), 384)
    assert names["scores"].shape == (2, 3)
    assert names["scores"][0, 1] == names["match"]["score"]


def test_it_says_what_it_is(tmp_path: Path) -> None:
    assert repr(Signal.memory()) == 'Signal("mem:")'
    assert "community.db" in repr(Signal.open(str(tmp_path / "community.db")))
    assert signal_music.__version__.count(".") == 2
    assert all(hasattr(signal_music, name) for name in signal_music.__all__)
