"""The vector index: neighbours by id, of all or of the nearest clusters; files that are no such index told as such."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import vectors as module
from embeddings.errors import EncoderError
from embeddings.vectors import VectorIndex

DIMENSION = 16


def unit_vectors(count: int, seed: int = 0) -> np.ndarray:
    """Give unit vectors that float16 holds exactly as they are, as the store's are."""
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


def filled(ids: list[int], seed: int = 0) -> tuple[VectorIndex, np.ndarray]:
    index, vectors = VectorIndex(DIMENSION), unit_vectors(len(ids), seed)
    index.add(np.array(ids), vectors)
    return index, vectors


@settings(max_examples=30)
@given(count=st.integers(1, 40), k=st.integers(1, 60), seed=st.integers(0, 1000))
def test_search_finds_what_comparing_with_every_vector_finds(count: int, k: int, seed: int) -> None:
    ids = [7 * i + 3 for i in range(count)]
    index, vectors = filled(ids, seed)
    query = unit_vectors(1, seed + 1)[0]
    found, cosines = index.search(query, k)
    expected = np.argsort(-(vectors @ query), kind="stable")[:k]
    assert found.tolist() == [ids[i] for i in expected]
    assert cosines == pytest.approx((vectors @ query)[expected], abs=1e-5)


def test_vectors_come_in_the_order_of_the_ids_asked_for() -> None:
    index, vectors = filled([10, 20, 30])
    found = index.vectors(np.array([30, 10, 30]))
    assert np.array_equal(found, vectors[[2, 0, 2]])
    assert found.dtype == np.float32


def test_the_vectors_of_no_ids_are_none_of_the_same_length() -> None:
    for index in (filled([10, 20])[0], VectorIndex(DIMENSION)):
        found = index.vectors(np.array([], np.int64))
        assert found.shape == (0, DIMENSION)
        assert found.dtype == np.float32


def test_search_and_vectors_agree() -> None:
    index, _ = filled(list(range(50)))
    query = unit_vectors(1, seed=9)[0]
    ids, cosines = index.search(query, 50)
    assert index.vectors(ids) @ query == pytest.approx(cosines, abs=1e-5)


def test_what_was_removed_is_found_no_more_and_the_rest_still_is() -> None:
    index, vectors = filled(list(range(20)))
    index.remove(np.arange(0, 20, 2))
    assert len(index) == 10
    ids, _ = index.search(vectors[4], 20)
    assert sorted(ids.tolist()) == list(range(1, 20, 2))
    assert index.holds(np.arange(1, 20, 2), vectors[1::2])
    assert not index.holds(np.array([4]), vectors[4:5])


def test_removing_and_adding_nothing_changes_nothing() -> None:
    index, vectors = filled([1, 2])
    index.remove([])
    index.remove([99])
    index.add(np.array([], np.int64), np.empty((0, DIMENSION), np.float32))
    assert len(index) == 2
    assert index.holds(np.array([1, 2]), vectors)


def test_an_id_can_be_used_again_after_it_was_removed() -> None:
    index, vectors = filled([1, 2])
    index.remove([1])
    index.add(np.array([1]), vectors[1:])
    assert index.holds(np.array([1, 2]), vectors[[1, 1]])


def test_an_empty_index_finds_nothing() -> None:
    ids, cosines = VectorIndex(DIMENSION).search(unit_vectors(1)[0], 5)
    assert len(ids) == len(cosines) == 0


@settings(max_examples=30)
@given(count=st.integers(1, 30), k=st.integers(1, 40), without=st.sets(st.integers(-1, 40)), seed=st.integers(0, 1000))
def test_some_left_out_search_finds_what_an_index_without_them_finds(
    count: int, k: int, without: set[int], seed: int
) -> None:
    index, vectors = filled(list(range(count)), seed)
    kept = np.array([i for i in range(count) if i not in without], np.int64)
    smaller = VectorIndex(DIMENSION)
    smaller.add(kept, vectors[kept])
    query = unit_vectors(1, seed + 1)[0]
    found, cosines = index.search(query, k, np.array(sorted(without), np.int64))
    expected, expected_cosines = smaller.search(query, k)
    assert found.tolist() == expected.tolist()
    assert cosines == pytest.approx(expected_cosines, abs=1e-6)


def test_all_left_out_nothing_is_found_and_the_next_search_finds_all() -> None:
    index, vectors = filled([10, 20, 30])
    found, cosines = index.search(vectors[0], 5, np.array([30, 20, 10]))
    assert len(found) == len(cosines) == 0
    assert sorted(index.search(vectors[0], 5)[0].tolist()) == [10, 20, 30]


def test_holds_tells_another_vector_under_the_same_id() -> None:
    index, vectors = filled([1, 2])
    assert index.holds(np.array([2, 1]), vectors[::-1])
    assert not index.holds(np.array([1, 2]), vectors[::-1])


def test_written_and_read_it_is_the_same(tmp_path: Path) -> None:
    index, vectors = filled([5, 6, 7])
    index.write(tmp_path / "v.faiss")
    again = VectorIndex.read(tmp_path / "v.faiss")
    assert (len(again), again.dimension) == (3, DIMENSION)
    assert again.holds(np.array([5, 6, 7]), vectors)
    assert [path.name for path in tmp_path.iterdir()] == ["v.faiss"], "nothing half-written stays"


def test_read_and_added_to_it_can_be_searched(tmp_path: Path) -> None:
    index, _ = filled([5])
    index.write(tmp_path / "v.faiss")
    again, added = VectorIndex.read(tmp_path / "v.faiss"), unit_vectors(1, seed=3)
    again.add(np.array([9]), added)
    assert again.search(added[0], 1)[0].tolist() == [9]


@pytest.mark.parametrize("content", [b"", b"garbage", b"IxM2" + b"\xff" * 40, bytes(2000)], ids=repr)
def test_a_file_that_is_no_index_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.faiss"
    path.write_bytes(content[:2000])
    with pytest.raises(EncoderError, match="is not a vector index"):
        VectorIndex.read(path)


def test_a_missing_or_truncated_file_or_a_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "v.faiss"
    with pytest.raises(EncoderError):
        VectorIndex.read(path)
    filled([1, 2, 3])[0].write(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(EncoderError):
        VectorIndex.read(path)
    with pytest.raises(EncoderError):
        VectorIndex.read(tmp_path)


def test_a_vector_index_of_another_kind_is_told(tmp_path: Path) -> None:
    faiss.write_index(faiss.IndexFlatIP(DIMENSION), str(tmp_path / "flat.faiss"))
    with pytest.raises(EncoderError, match="another kind"):
        VectorIndex.read(tmp_path / "flat.faiss")


def test_writing_where_it_cannot_keeps_the_file_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v.faiss"
    filled([1])[0].write(path)
    before = path.read_bytes()

    def no_room(*_: object) -> None:
        raise RuntimeError("Error in fwrite: No space left on device")

    monkeypatch.setattr(faiss, "write_index", no_room)
    with pytest.raises(OSError, match="cannot write"):
        filled([1, 2])[0].write(path)
    assert path.read_bytes() == before


# --- clusters --------------------------------------------------------------------------------------------

FLAT_MOST, CLUSTERS = 1000, 32


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an index of a thousand vectors be a large one, its clusters few, its sample a part of it."""
    monkeypatch.setattr(module, "FLAT_MOST", FLAT_MOST)
    monkeypatch.setattr(module, "_CLUSTERS", CLUSTERS)
    monkeypatch.setattr(module, "_PROBES", 4)
    monkeypatch.setattr(module, "_TRAINING_MOST", 20 * CLUSTERS)


def topics(count: int, seed: int = 0) -> np.ndarray:
    """Give unit vectors around forty others, as sentences lie around what they are about."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((40, DIMENSION))
    vectors = centres[chance.integers(0, 40, count)] + 0.35 * chance.standard_normal((count, DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


def made(ids: np.ndarray, vectors: np.ndarray, batch: int = 17) -> VectorIndex:
    """Make an index from batches, as an index over articles is."""

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(ids), batch):
            yield ids[start : start + batch], vectors[start : start + batch]

    return VectorIndex.for_vectors(DIMENSION, len(ids), batches)


def both(count: int = 3000, seed: int = 0) -> tuple[VectorIndex, VectorIndex, np.ndarray, np.ndarray]:
    """Give an index of clusters, one that compares all, and what both hold."""
    ids, vectors = 3 * np.arange(count) + 5, topics(count, seed)
    flat = VectorIndex(DIMENSION)
    flat.add(ids, vectors)
    return made(ids, vectors), flat, ids, vectors


def recall(found: VectorIndex, exact: VectorIndex, queries: np.ndarray, without: np.ndarray | None = None) -> float:
    """Give the share of the true ten nearest that are found."""
    shares = []
    for query in queries:
        expected = set(exact.search(query, 10, without)[0].tolist())
        shares.append(len(expected & set(found.search(query, 10, without)[0].tolist())) / len(expected))
    return float(np.mean(shares))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("count", [1, 31, FLAT_MOST, FLAT_MOST + 1, 3000])
def test_an_index_has_clusters_where_it_is_large_and_holds_all_it_was_given(count: int) -> None:
    ids, vectors = np.arange(count), topics(count)
    index = made(ids, vectors)
    assert (len(index), index.dimension, index.is_clustered) == (count, DIMENSION, count > FLAT_MOST)
    assert index.suits
    assert index.holds(ids, vectors)


def test_an_index_of_nothing_compares_all_of_it() -> None:
    index = made(np.array([], np.int64), np.empty((0, DIMENSION), np.float32))
    assert (len(index), index.dimension, index.is_clustered, index.suits) == (0, DIMENSION, False, True)


@pytest.mark.usefixtures("small")
def test_clusters_find_what_comparing_all_finds() -> None:
    clustered, flat, _, vectors = both()
    assert recall(clustered, flat, topics(200, seed=1)) >= 0.95
    assert recall(clustered, flat, vectors[::50]) >= 0.95


@pytest.mark.usefixtures("small")
def test_a_vector_of_the_index_finds_itself_first_and_cosines_are_cosines() -> None:
    clustered, _, ids, vectors = both()
    for i in range(0, 3000, 311):
        found, cosines = clustered.search(vectors[i], 10)
        assert found[0] == ids[i]
        assert cosines == pytest.approx(clustered.vectors(found) @ vectors[i], abs=1e-3)
        assert sorted(cosines, reverse=True) == cosines.tolist()


@pytest.mark.usefixtures("small")
def test_clusters_give_back_the_vectors_they_were_given() -> None:
    clustered, flat, ids, vectors = both()
    some = ids[[2999, 0, 17, 0]]
    assert np.array_equal(clustered.vectors(some), vectors[[2999, 0, 17, 0]])
    assert np.array_equal(clustered.vectors(some), flat.vectors(some))
    assert clustered.vectors(np.array([], np.int64)).shape == (0, DIMENSION)
    assert clustered.holds(ids, vectors)
    assert not clustered.holds(ids[:2], vectors[1::-1])
    assert not clustered.holds(np.array([4]), vectors[:1]), "an id that is not there"


@pytest.mark.usefixtures("small")
def test_clusters_take_and_lose_vectors_as_any_index_does() -> None:
    clustered, flat, ids, vectors = both()
    added, more = 100_000 + np.arange(500), topics(500, seed=3)
    for index in (clustered, flat):
        index.remove(ids[::3].tolist())
        index.add(added, more)
        index.remove([])
        index.remove([4, 7, 99_999])  # not there, or not any more
        index.add(np.array([], np.int64), np.empty((0, DIMENSION), np.float32))
    assert len(clustered) == len(flat) == 2500
    assert clustered.holds(added, more)
    left = np.setdiff1d(ids, ids[::3])
    assert clustered.holds(left, vectors[np.isin(ids, left)])
    assert not clustered.holds(ids[:1], vectors[:1])
    assert recall(clustered, flat, topics(100, seed=4)) >= 0.95
    assert not {*ids[::3].tolist()} & {*clustered.search(vectors[0], 100)[0].tolist()}


@pytest.mark.usefixtures("small")
def test_an_id_of_a_cluster_can_be_used_again() -> None:
    clustered, _, ids, vectors = both()
    clustered.remove(ids[:2])
    clustered.add(ids[:2], vectors[1::-1])
    assert clustered.holds(ids[:2], vectors[1::-1])
    assert clustered.search(vectors[1], 1)[0].tolist() == [ids[0]]


@pytest.mark.usefixtures("small")
def test_what_is_left_out_is_not_found_in_clusters_and_the_rest_is() -> None:
    clustered, flat, ids, vectors = both()
    nearest = clustered.search(vectors[7], 40)[0]
    without = np.concatenate([nearest[::2], [-1, 4]])
    found, _ = clustered.search(vectors[7], 20, without)
    assert not {*found.tolist()} & {*without.tolist()}
    assert {*nearest[1::2].tolist()} <= {*found.tolist()}
    assert recall(clustered, flat, topics(50, seed=5), ids[::2]) >= 0.95
    assert len(clustered.search(vectors[7], 5, ids)[0]) == 0
    assert clustered.search(vectors[7], 40)[0].tolist() == nearest.tolist(), "the next search finds all"


@pytest.mark.usefixtures("small")
def test_clusters_written_and_read_are_the_same_and_go_on(tmp_path: Path) -> None:
    clustered, flat, ids, vectors = both()
    clustered.write(tmp_path / "v.faiss")
    again = VectorIndex.read(tmp_path / "v.faiss")
    assert (len(again), again.dimension, again.is_clustered, again.suits) == (3000, DIMENSION, True, True)
    assert again.holds(ids, vectors)
    for query in topics(20, seed=6):
        assert again.search(query, 10)[0].tolist() == clustered.search(query, 10)[0].tolist()
    for index in (again, flat):
        index.remove(ids[:500])
        index.add(ids[:500], vectors[499::-1])
    assert again.holds(ids[:500], vectors[499::-1])
    assert recall(again, flat, topics(50, seed=7)) >= 0.95


@pytest.mark.usefixtures("small")
def test_clusters_emptied_find_nothing_and_can_be_filled_again() -> None:
    clustered, _, ids, vectors = both(FLAT_MOST + 1)
    clustered.remove(ids)
    assert len(clustered) == 0
    assert len(clustered.search(vectors[0], 5)[0]) == 0
    clustered.add(ids[:3], vectors[:3])
    assert clustered.search(vectors[2], 1)[0].tolist() == [ids[2]]


@pytest.mark.usefixtures("small")
def test_an_index_that_grew_or_shrank_past_the_limit_suits_no_more() -> None:
    ids, vectors = np.arange(FLAT_MOST + 1), topics(FLAT_MOST + 1)
    flat, clustered = made(ids[:-1], vectors[:-1]), made(ids, vectors)
    flat.add(ids[-1:], vectors[-1:])
    clustered.remove(ids[-1:])
    assert (flat.is_clustered, flat.suits) == (False, False)
    assert (clustered.is_clustered, clustered.suits) == (True, False)
    flat.remove(ids[:1])
    clustered.add(ids[-1:], vectors[-1:])
    assert flat.suits
    assert clustered.suits


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("batch", [1, 7, 64, 5000])
def test_clusters_are_learnt_from_all_over_the_index(batch: int) -> None:
    """Half the topics come last: were they not in the sample, no cluster would be near them."""
    vectors = topics(3000)
    by_topic = vectors[np.argsort(vectors @ topics(1, seed=9)[0])]
    ids = np.arange(3000)
    clustered, flat = made(ids, by_topic, batch), VectorIndex(DIMENSION)
    flat.add(ids, by_topic)
    for half in (by_topic[:1500:20], by_topic[1500::20]):
        assert recall(clustered, flat, half) >= 0.95


@pytest.mark.usefixtures("small")
def test_the_same_vectors_make_the_same_index() -> None:
    first, _, ids, vectors = both()
    second = made(ids, vectors, batch=64)
    for query in topics(20, seed=8):
        assert first.search(query, 10)[0].tolist() == second.search(query, 10)[0].tolist()


@settings(max_examples=20)
@given(count=st.integers(0, 400), most=st.integers(1, 200), batch=st.integers(1, 50))
def test_a_sample_is_spread_evenly_over_what_it_is_taken_from(count: int, most: int, batch: int) -> None:
    numbers = np.arange(count, dtype=np.float32)[:, None]
    batches = [(numbers[:0], numbers[start : start + batch]) for start in range(0, max(1, count), batch)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TRAINING_MOST", most)
        taken = module._sample(count, batches)[:, 0]
    step = max(1, count // most)
    assert taken.tolist() == list(range(0, count, step))
    assert min(count, most) <= len(taken) <= 2 * most, "enough, and not much more"


@pytest.mark.usefixtures("small")
def test_clusters_cut_short_or_of_another_kind_are_told(tmp_path: Path) -> None:
    clustered, *_ = both(FLAT_MOST + 1)
    path = tmp_path / "v.faiss"
    clustered.write(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(EncoderError):
        VectorIndex.read(path)
