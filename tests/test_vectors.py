"""The vector index: exact neighbours by id, and files that are no such index told as such."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
