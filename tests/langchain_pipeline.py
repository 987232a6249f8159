"""What `bench_comparison` compares with: LangChain's splitter, embeddings and FAISS vector store, as its documentation
has them, with their defaults; chunks of 600 characters without overlap, and the model's own prompts.

Both functions run in a process of their own, which imports nothing of Hoidap's. Needs the extra `bench`.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench_timing import FIRST_QUESTION, QUESTIONS, Stopwatch, ask_each

warnings.filterwarnings("ignore", "`langchain-community` is being sunset", DeprecationWarning)

_CHUNKS = 5
"""As many as `assistant.retrieve` gives passages."""


def index(
    spawned: float, corpus: str, folder: str, model: str, prompts: dict[str, str], question: str
) -> dict[str, Any]:
    """Index a corpus of JSON lines until a question is answered; give how long it took without loading the model."""
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = _embeddings(model, prompts)
    embeddings.embed_query("hỏi đáp")
    start = time.perf_counter()
    documents = [Document(record["text"], metadata={"id": record["id"]}) for record in _records(corpus)]
    chunks = RecursiveCharacterTextSplitter(chunk_size=600, chunk_overlap=0).split_documents(documents)
    store = FAISS.from_documents(chunks, embeddings)
    store.save_local(folder)
    store.similarity_search(question, k=_CHUNKS)
    return {"seconds": time.perf_counter() - start, "articles": len(documents), "pieces": len(chunks)}


def ask(spawned: float, folder: str, model: str, prompts: dict[str, str]) -> Generator[dict[str, Any], list[str], None]:
    """Open an index and ask it; yield what `bench_hoidap.ask` does."""
    start = time.perf_counter()
    embeddings = _embeddings(model, prompts)
    loading = time.perf_counter() - start
    from langchain_community.vectorstores import FAISS

    store = FAISS.load_local(folder, embeddings, allow_dangerous_deserialization=True)
    opened = time.monotonic() - spawned - loading
    search = partial(store.similarity_search, k=_CHUNKS)
    search(FIRST_QUESTION)
    answered = time.monotonic() - spawned
    for question in QUESTIONS:
        search(question)
    encoding = Stopwatch(embeddings.embed_query)
    object.__setattr__(embeddings, "embed_query", encoding)  # a pydantic model takes no other attribute
    questions = yield {"opened": opened, "answered": answered}
    while True:
        questions = yield ask_each(
            questions, search, encoding, lambda chunk: (chunk.metadata["id"], chunk.page_content)
        )


def _embeddings(model: str, prompts: dict[str, str]) -> Any:
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(
        model_name=model,
        encode_kwargs={"prompt": prompts["document"]},
        query_encode_kwargs={"prompt": prompts["query"]},
    )


def _records(corpus: str) -> Iterator[dict[str, str]]:
    with Path(corpus).open(encoding="utf-8") as file:
        yield from map(json.loads, file)
