"""Files made to break, fill, hold up or misuse whoever reads them: every format, through the worker, to a clear end."""

from __future__ import annotations

import importlib.util
import io
import socket
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.readers import _MODULES, SUFFIXES, isolation
from qa.readers.isolation import IsolatedReader
from qa.readers.values import TEXT_MOST, Extracted, Unreadable
from qa.readers.worker import MEMORY_MOST

FILES = Path(__file__).parent / "files"
SECRET = "chỉ người chủ máy được đọc"
LINE = "Đảng bộ huyện Cao Lộc có 5.350 đảng viên, sinh hoạt ở 45 tổ chức cơ sở đảng."
# What has read nothing, and what importing a parser takes.
MEMORY_BARE = 100_000_000

SMALL = {
    ".txt": f"Tít\n\n{LINE}\n".encode(),
    ".md": f"---\ntitle: Tít\n---\n# Tít\n\n{LINE}\n\n- một\n- *hai* [ba](a)\n\n| a | b |\n|---|---|\n".encode(),
    ".html": f"<html><head><title>Tít</title></head><body><h1>Tít</h1><p>{LINE}</p><p>{LINE}</p></body>".encode(),
    ".csv": f'id,title,text\n1,Tít,"{LINE}"\n2,Tít,"{LINE}\n{LINE}"\n'.encode(),
    ".jsonl": f'{{"id": "1", "title": "Tít", "text": "{LINE}"}}\n'.encode() * 3,
    ".rtf": rb"{\rtf1\ansi\ansicpg1258{\fonttbl{\f0 Arial;}}\f0 Huy\u7879?n Cao L\u7897?c\par {\b M\u7897?t}\par}",
}


def pdf(*pages: bytes, kids: str | None = None, filters: str = "") -> bytes:
    """Write a PDF of the given content streams; `kids` may list other pages than there are."""
    numbers = range(4, 4 + 2 * len(pages), 2)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Count {len(pages)}/Kids[{kids or ' '.join(f'{n} 0 R' for n in numbers)}]>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    for number, page in zip(numbers, pages, strict=True):
        font = "/Resources<</Font<</F1 3 0 R>>>>"
        objects[number] = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{font}/Contents {number + 1} 0 R>>".encode()
        objects[number + 1] = f"<</Length {len(page)}{filters}>>stream\n".encode() + page + b"\nendstream"
    data, places = b"%PDF-1.4\n", []
    for number, content in objects.items():
        places.append(len(data))
        data += f"{number} 0 obj".encode() + content + b"endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        data
        + (
            f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}"
            f"trailer<</Root 1 0 R/Size {len(places) + 1}>>\nstartxref\n{len(data)}\n%%EOF\n"
        ).encode()
    )


def sample(suffix: str) -> bytes:
    """Give a small sound file of a format."""
    # The largest: beside it stand a scan, and one under a password.
    if FILES.is_dir() and (paths := sorted(FILES.glob(f"*{suffix}"), key=lambda path: path.stat().st_size)):
        return paths[-1].read_bytes()
    if suffix == ".htm":
        return sample(".html")
    if suffix == ".pdf":
        return pdf(b"BT /F1 12 Tf 50 700 Td (5,350 members) Tj ET")
    if suffix == ".zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, content in SMALL.items():
                archive.writestr(f"tin/bài{inner}", content)
        return file.getvalue()
    if suffix not in SMALL:
        pytest.skip(f"no sample of {suffix}")
    return SMALL[suffix]


READABLE = [suffix for suffix in SUFFIXES if importlib.util.find_spec(_MODULES[suffix])]
# The member of each that holds the text.
PACKED = {".docx": "word/document.xml", ".odt": "content.xml", ".epub": ".xhtml"}


def repacked(suffix: str, change: Callable[[bytes], bytes], where: str | None = None) -> bytes:
    """Give the sample of a format with the members changed whose names end in `where`: by default, those with text."""
    file = io.BytesIO()
    where = where or PACKED[suffix]
    with zipfile.ZipFile(io.BytesIO(sample(suffix))) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        changed = 0
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith((where, ".html" if where == ".xhtml" else where)):
                content, changed = change(content), changed + 1
            new.writestr(entry.filename, content, compresslevel=1)
    assert changed
    return file.getvalue()


@dataclass
class Trial:
    """Reads hostile files, and looks each time at what came of it."""

    reader: IsolatedReader
    folder: Path
    server: socket.socket

    @property
    def secret(self) -> Path:
        return self.folder / "secret.xml"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}/a.xml"

    def read(self, suffix: str, data: bytes | Path) -> list[Extracted | Unreadable]:
        path = data if isinstance(data, Path) else self.folder / f"tệp{suffix}"
        if isinstance(data, bytes):
            path.write_bytes(data)
        items = list(self.reader.read(path, suffix))
        assert items
        for item in items:
            if isinstance(item, Unreadable):
                assert item.reason.isprintable()
                assert 0 < len(item.reason) < 200
            else:
                assert len(item.text.encode()) <= TEXT_MOST
                assert SECRET not in item.text
                assert SECRET not in (item.title or "")
        with pytest.raises(BlockingIOError):
            self.server.accept()
        assert self._memory_peak() < MEMORY_MOST + MEMORY_BARE
        return items

    def _memory_peak(self) -> int:
        """Give the most bytes that the worker has had in memory; 0 where it is gone, or nobody tells."""
        worker = self.reader._worker
        try:
            status = Path(f"/proc/{worker._process.pid}/status").read_text() if worker else ""
        except FileNotFoundError:
            return 0
        peaks = [int(line.split()[1]) * 1000 for line in status.splitlines() if line.startswith("VmHWM")]
        return peaks[0] if peaks else 0


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    folder = tmp_path_factory.mktemp("hostile")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        IsolatedReader() as reader,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(isolation, "SECONDS_MOST", 6)
        server.setblocking(False)
        trial = Trial(reader, folder, server)
        trial.secret.write_text(f"<p>{SECRET}</p>")
        yield trial


def broke_down(items: list[Extracted | Unreadable]) -> bool:
    return any(isinstance(item, Unreadable) and "broke down" in item.reason for item in items)


# --- damaged and random files -------------------------------------------------------------------------------

fuzzed = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.mark.parametrize("suffix", READABLE)
def test_the_samples_themselves_are_read(trial: Trial, suffix: str) -> None:
    assert any(isinstance(item, Extracted) for item in trial.read(suffix, sample(suffix)))


@pytest.mark.parametrize("suffix", READABLE)
@fuzzed
@given(st.binary(max_size=300))
def test_random_bytes_come_to_an_end(trial: Trial, suffix: str, data: bytes) -> None:
    for start in (b"", sample(suffix)[:20]):
        trial.read(suffix, start + data)


def spoilt(data: bytes, at: float, kind: int, value: int) -> bytes:
    """Damage a file at a place given as a share of its length: in a bit, cut off, doubled, or with bytes put in."""
    place = int(at * len(data))
    if kind == 0:
        changed = bytearray(data or b"\0")
        changed[min(place, len(changed) - 1)] ^= 1 << value % 8
        return bytes(changed)
    if kind == 1:
        return data[:place]
    if kind == 2:
        return data[: place + value] + data[place:]
    if kind == 3:
        return data[:place] + bytes([value]) * 20 + data[place:]
    return data[:place] + data[place + value :]


SPOILT = st.tuples(st.floats(0, 1), st.integers(0, 4), st.integers(0, 255))


@pytest.mark.parametrize("suffix", READABLE)
@fuzzed
@given(st.lists(SPOILT, min_size=1, max_size=4))
def test_damaged_files_come_to_an_end(trial: Trial, suffix: str, damage: list[tuple[float, int, int]]) -> None:
    data = sample(suffix)
    for at, kind, value in damage:
        data = spoilt(data, at, kind, value)
    assert not broke_down(trial.read(suffix, data))


@pytest.mark.parametrize("suffix", [suffix for suffix in PACKED if suffix in READABLE])
@fuzzed
@given(st.lists(SPOILT, min_size=1, max_size=4))
def test_damage_within_sound_packing_comes_to_an_end(
    trial: Trial, suffix: str, damage: list[tuple[float, int, int]]
) -> None:
    def change(content: bytes) -> bytes:
        for at, kind, value in damage:
            content = spoilt(content, at, kind, value)
        return content

    for where in (None, ".xml", ".rels", ".opf"):
        if where is None or any(
            name.endswith(where) for name in zipfile.ZipFile(io.BytesIO(sample(suffix))).namelist()
        ):
            assert not broke_down(trial.read(suffix, repacked(suffix, change, where)))


# --- what is small and unpacks, or is simply large ----------------------------------------------------------


def after_declaration(content: bytes, inserted: bytes) -> bytes:
    at = content.find(b"?>") + 2 if content.startswith(b"<?xml") else 0
    return content[:at] + inserted + content[at:]


@pytest.mark.parametrize("suffix", [suffix for suffix in PACKED if suffix in READABLE])
def test_a_packed_bomb_does_not_fill_the_memory(trial: Trial, suffix: str) -> None:
    items = trial.read(suffix, repacked(suffix, lambda content: after_declaration(content, b" " * 210_000_000)))
    assert all(isinstance(item, Unreadable) for item in items)
    assert not broke_down(items)


def test_a_bomb_in_an_archive_spares_the_other_members(trial: Trial) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("bom.txt", b" " * 210_000_000)
        for suffix in READABLE:
            if suffix in PACKED:
                bomb = repacked(suffix, lambda content: after_declaration(content, b" " * 50_000_000))
                archive.writestr(f"bom{suffix}", bomb)
        archive.writestr("a.txt", LINE)
    *refused, last = trial.read(".zip", file.getvalue())
    assert all(isinstance(item, Unreadable) for item in refused)
    assert len(refused) == 1 + len([suffix for suffix in PACKED if suffix in READABLE])
    assert isinstance(last, Extracted)


WORD = b"BT /F1 12 Tf 50 700 Td (a) Tj ET\n"
PDF_BOMBS: dict[str, Callable[[], bytes]] = {
    "blank": lambda: pdf(
        zlib.compress(zlib.compress(b" " * 200_000_000, 1), 9), filters="/Filter[/FlateDecode/FlateDecode]"
    ),
    "words": lambda: pdf(zlib.compress(WORD * 300_000, 1), filters="/Filter/FlateDecode"),
    "one page a million times": lambda: pdf(b"", kids="4 0 R " * 1_000_000),
    "a tree that holds itself": lambda: pdf(b"", kids="2 0 R " * 1000),
    "many pages": lambda: pdf(*[WORD] * 3000),
    "deep": lambda: pdf(b"[" * 1_000_000),
    "deep object": lambda: b"%PDF-1.4\n1 0 obj" + b"[" * 1_000_000 + b"endobj\ntrailer<</Root 1 0 R>>",
}


@pytest.mark.skipif(".pdf" not in READABLE, reason="no reader")
@pytest.mark.parametrize("bomb", PDF_BOMBS)
def test_a_pdf_bomb_comes_to_an_end(trial: Trial, bomb: str) -> None:
    trial.read(".pdf", PDF_BOMBS[bomb]())


@pytest.mark.parametrize("suffix", READABLE)
def test_half_a_gigabyte_of_nothing_is_refused(trial: Trial, suffix: str) -> None:
    path = trial.folder / f"lớn{suffix}"
    with path.open("wb") as file:
        file.write(sample(suffix)[:20])
        file.truncate(500_000_000)
    items = trial.read(suffix, path)
    path.unlink()
    assert not broke_down(items)
    assert isinstance(items[-1], Unreadable)


def aliases() -> bytes:
    """Give front matter whose last line is a billion times its first."""
    lines = [b"a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [b"%c: &%c [%s]" % (n + 1, n + 1, b",".join([b"*%c" % n] * 9)) for n in range(97, 110)]
    return b"\n".join([b"---", *lines, b"---", b"a"])


DEEP: dict[str, tuple[str, Callable[[], bytes]]] = {
    "div": (".html", lambda: b"<div>" * 1_000_000),
    "b": (".html", lambda: b"<b>a" * 50_000),
    "table": (".html", lambda: b"<table><tr><td>" * 50_000),
    "svg": (".html", lambda: b"<svg>" + b"<g>" * 100_000),
    "attributes": (".html", lambda: b"<p " + b"".join(b"a%d=1 " % n for n in range(30_000)) + b">a"),
    "one line": (".html", lambda: b"<p>" + LINE.encode() * 30_000),
    "comments": (".html", lambda: b"<!--" * 1_000_000),
    "marked sections": (".html", lambda: b"<![CDATA[" * 500_000),
    "ampersands": (".html", lambda: b"&" * 1_000_000),
    "quotes in md": (".md", lambda: b">" * 200_000 + b"a"),
    "brackets": (".md", lambda: b"[" * 30_000),
    "links": (".md", lambda: b"[a](" * 20_000),
    "stars": (".md", lambda: b"*a **b " * 20_000),
    "ticks": (".md", lambda: b"".join(b"`" * n + b"a" for n in range(1500))),
    "lists": (".md", lambda: b"".join(b" " * (2 * n) + b"- a\n" for n in range(2000))),
    "tables": (".md", lambda: b"|" * 50_000 + b"\n" + b"|-" * 50_000 + b"\n"),
    "html in md": (".md", lambda: b"<div>" * 100_000),
    "aliases": (".md", aliases),
    "groups": (".rtf", lambda: rb"{\rtf1" + b"{" * 1_000_000 + b"a" + b"}" * 1_000_000),
    "closing groups": (".rtf", lambda: rb"{\rtf1 a" + b"}" * 1_000_000),
    "controls": (".rtf", lambda: rb"{\rtf1 " + rb"\u7879?" * 300_000 + b"}"),
    "binary": (".rtf", lambda: rb"{\rtf1 {\pict\bin999999999 a}}"),
    "blanks": (".rtf", lambda: rb"{\rtf1 " + b" " * 1_000_000 + b"\\" * 100_000),
    "unclosed quote": (".csv", lambda: b'id,title,text\n1,"' + b"a,b\n" * 100_000),
    "quotes": (".csv", lambda: b"id,title,text\n" + b'"' * 10_000_000),
    "columns": (".csv", lambda: b"id,title,text" + b"," * 1_000_000 + b"\n" + b"1,2,3\n" * 10),
    "no line breaks": (".csv", lambda: b"a" * 10_000_000),
    "nested": (".jsonl", lambda: b"[" * 1_000_000 + b"\n" + b'{"a":' * 1_000_000),
    "numbers": (".jsonl", lambda: b'{"text": ' + b"9" * 1_000_000 + b"}"),
    "marks": (".txt", lambda: b"a" + "\u0301".encode() * 5_000_000),
    "blank lines": (".txt", lambda: b"\n" * 15_000_000),
}


@pytest.mark.parametrize("case", [name for name, (suffix, _) in DEEP.items() if suffix in READABLE])
def test_what_is_deep_or_long_comes_to_an_end(trial: Trial, case: str) -> None:
    suffix, data = DEEP[case]
    assert not broke_down(trial.read(suffix, data()))


@pytest.mark.parametrize("suffix", [suffix for suffix in PACKED if suffix in READABLE])
def test_deep_xml_comes_to_an_end(trial: Trial, suffix: str) -> None:
    items = trial.read(suffix, repacked(suffix, lambda content: after_declaration(content, b"<a>" * 100_000)))
    assert not broke_down(items)


# --- what points elsewhere ----------------------------------------------------------------------------------


def laughs(root: bytes) -> bytes:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 11))
    return b'<!DOCTYPE %s [<!ENTITY e0 "%s">%s]>' % (root, b"ha" * 50, entities)


def fetching(trial: Trial, root: bytes) -> bytes:
    secret, address = trial.secret.as_uri().encode(), trial.address.encode()
    entities = b'<!ENTITY e10 SYSTEM "%s"><!ENTITY e11 SYSTEM "%s">' % (secret, address)
    return b'<!DOCTYPE %s SYSTEM "%s" [<!ENTITY %% p SYSTEM "%s"> %%p; %s]>' % (root, address, address, entities)


ROOTS = {".docx": b"w:document", ".odt": b"office:document-content", ".epub": b"html", ".html": b"html"}


@pytest.mark.parametrize("fetch", [False, True], ids=["laughs", "fetches"])
@pytest.mark.parametrize("suffix", [suffix for suffix in ROOTS if suffix in READABLE])
def test_entities_neither_multiply_nor_fetch(trial: Trial, suffix: str, fetch: bool) -> None:
    def change(content: bytes) -> bytes:
        at = content.find(ROOTS[suffix])
        if at < 0:
            return content
        # The first text behind the start of the body.
        at = content.find(b"</", content.find(b"body", at))
        content = content[:at] + b"&e10;&e11;" + content[at:]
        doctype = fetching(trial, ROOTS[suffix]) if fetch else laughs(ROOTS[suffix])
        start = content.find(b"<!DOCTYPE")
        if start >= 0:
            content = content[:start] + content[content.find(b">", start) + 1 :]
        return after_declaration(content, doctype)

    data = repacked(suffix, change) if suffix in PACKED else change(b'<?xml version="1.0"?>' + sample(suffix))
    items = trial.read(suffix, data)
    assert not broke_down(items)
    assert sum(len(item.text) for item in items if isinstance(item, Extracted)) < 100_000


def test_what_a_page_embeds_is_not_fetched(trial: Trial) -> None:
    secret, address = trial.secret.as_uri(), trial.address
    tags = "".join(
        f'<iframe src="{target}"></iframe><img src="{target}"><link rel="stylesheet" href="{target}">'
        f'<link rel="canonical" href="{target}"><script src="{target}"></script><object data="{target}"></object>'
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{target}" parse="text"/>'
        f'<meta http-equiv="refresh" content="0; url={target}"><base href="{target}"><embed src="{target}">'
        for target in (secret, address, str(trial.secret))
    )
    page = f"<html><head>{tags}</head><body>{tags}<h1>Tít</h1><p>{LINE}</p>{tags}</body></html>"
    links = f"![]({secret}) [a]({address}) <{address}> ![include]({trial.secret})\n\n{{{{{trial.secret}}}}}\n\n{page}"
    field = rf"{{\rtf1{{\field{{\*\fldinst INCLUDETEXT {trial.secret}}}{{\fldrslt a}}}}{{\object\objlink {address}}}}}"
    for suffix, data in ((".html", page), (".md", links), (".rtf", field), (".txt", page)):
        if suffix in READABLE:
            trial.read(suffix, data.encode())


@pytest.mark.parametrize(
    ("suffix", "where", "old"),
    [
        (".docx", ".rels", b'Target="'),
        (".odt", "content.xml", b'xlink:href="'),
        (".odt", "manifest.xml", b'manifest:full-path="'),
        (".epub", ".opf", b'href="'),
        (".epub", "container.xml", b'full-path="'),
    ],
)
def test_what_a_document_points_to_is_not_followed(trial: Trial, suffix: str, where: str, old: bytes) -> None:
    if suffix not in READABLE:
        pytest.skip("no reader")
    outside = ["../" * 20 + str(trial.secret)[1:], str(trial.secret), trial.secret.as_uri(), trial.address]
    for target in outside:

        def change(content: bytes, target: str = target) -> bytes:
            mode = b'TargetMode="External" ' if where == ".rels" else b""
            return content.replace(old, mode + old + target.encode() + b'" data-old="')

        assert not broke_down(trial.read(suffix, repacked(suffix, change, where)))
