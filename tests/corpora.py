"""Made-up corpora: small ones whose articles say which edition they are, and archives of any size made of the seeds."""

from __future__ import annotations

import datetime
import itertools
import json
import random
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qa import Assistant, Hit
from qa.evaluation import LabelledQuestion
from qa.pages import read_page
from qa.sentences import sentence_spans

PLACES = (
    "Cao Lộc", "Đông Hà", "Hải Lăng", "Vĩnh Linh", "Gio Linh", "Cam Lộ", "Triệu Phong", "Hướng Hóa", "Đakrông",
    "Cồn Cỏ", "Lạng Sơn", "Lộc Bình", "Chi Lăng", "Hữu Lũng", "Bắc Sơn", "Văn Quan", "Bình Gia", "Tràng Định",
    "Văn Lãng", "Đình Lập", "Sa Đéc", "Hồng Ngự", "Tam Nông", "Tháp Mười", "Lấp Vò", "Lai Vung", "Châu Thành",
    "Kim Sơn", "Yên Khánh", "Gia Viễn", "Hoa Lư", "Nho Quan", "Tam Điệp", "Thủy Nguyên", "Tuy Hòa", "Quý Hợp",
)  # fmt: skip
_TOPICS = (
    "xây dựng nông thôn mới", "chuyển đổi số trong cơ quan nhà nước", "phòng chống lũ lụt và hạn hán",
    "phát triển du lịch sinh thái", "nuôi trồng thủy sản ven biển", "đào tạo nghề cho thanh niên",
    "sửa chữa trường học và trạm y tế", "bảo tồn các làng nghề truyền thống", "trồng rừng gỗ lớn",
    "giảm nghèo bền vững", "cải cách thủ tục hành chính", "thu hút đầu tư vào khu công nghiệp",
)  # fmt: skip
_EDITION = re.compile(r"ấn bản (\d+)")

SEEDS = Path(__file__).parent.parent / "seeds" / "articles"
_WORDS = (
    "tỉnh huyện thành_phố thị_xã", "xã phường thị_trấn", "hội_nghị cuộc_họp buổi_làm_việc phiên_họp",
    "triển_khai thực_hiện tổ_chức tiến_hành", "tập_trung chú_trọng quan_tâm ưu_tiên chủ_động",
    "nhiệm_vụ mục_tiêu chỉ_tiêu công_việc nội_dung", "chương_trình kế_hoạch đề_án dự_án",
    "nghị_quyết chỉ_thị quyết_định kết_luận hướng_dẫn quy_định", "cán_bộ đảng_viên hội_viên đoàn_viên công_chức",
    "kiểm_tra giám_sát rà_soát đánh_giá thẩm_định", "nâng_cao tăng_cường đẩy_mạnh cải_thiện củng_cố",
    "chất_lượng hiệu_quả kết_quả năng_lực", "đại_biểu thành_viên ủy_viên cử_tri", "đảng_bộ chi_bộ cấp_ủy đảng_ủy",
    "phát_triển xây_dựng đổi_mới mở_rộng", "chính_quyền cơ_quan đơn_vị doanh_nghiệp đoàn_thể",
    "lãnh_đạo chỉ_đạo điều_hành quản_lý", "kinh_tế văn_hóa xã_hội giáo_dục y_tế môi_trường",
    "giải_pháp biện_pháp phương_án cách_làm", "phối_hợp tham_mưu trao_đổi thảo_luận bàn_bạc",
    "khó_khăn hạn_chế vướng_mắc tồn_tại", "quán_triệt phổ_biến tuyên_truyền nghiên_cứu",
)  # fmt: skip
"""Words that may stand for each other in an archive."""
_SURNAMES = "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Tô Mai Ly Vân Đinh Trịnh Lương".split()
_MIDDLE_NAMES = "Văn Thị Quang Đăng Hồng Minh Đình Thu Ngọc Xuân Thanh Hữu Đức Kim Bá".split()
_GIVEN_NAMES = (
    "Tùng Nghiệm Quảng Phụng Nam Hằng Tuất Thảo An Bình Chiến Dũng Giang Hạnh Khánh Liên Long Mạnh Nga Oanh Phúc Sơn "
    "Tâm Uyên Việt Yến Hòa Lan Đạt Cường"
).split()
TRADES = (
    "dệt chiếu", "đan lưới", "làm gốm", "nuôi tằm", "đúc đồng", "chạm bạc", "làm nón lá", "nấu mật mía", "đóng thuyền",
    "trồng quế", "nuôi ong", "làm bánh tráng", "rèn nông cụ", "thêu ren", "làm muối", "trồng chè", "đan mây tre",
)  # fmt: skip
_FACTS = (
    "Năm {year}, làng {village} thuộc xã {commune} có {count} hộ {trade}",
    "Đến cuối năm {year}, số hộ {trade} tại làng {village}, xã {commune} là {count} hộ",
    "Theo thống kê năm {year}, {count} hộ ở làng {village}, xã {commune} sống bằng nghề {trade}",
)
_FACT_QUESTIONS = (
    "Làng {village} ở xã {commune} có bao nhiêu hộ {trade}?",
    "Có mấy hộ {trade} tại làng {village}, xã {commune}?",
    "Bao nhiêu hộ của làng {village} thuộc xã {commune} làm nghề {trade}?",
)
_DAYS_OF_ARCHIVE = 3652
"""Ten years, from 2014 on."""


def article_text(place: str, edition: int = 1) -> str:
    """Write an article of about ten sentences about a place; every paragraph but the title names its edition."""
    chance = random.Random(f"{place} {edition}")
    paragraphs = [f"Đại hội đảng bộ {place} lần thứ {chance.randint(10, 30)}"]
    for topic in chance.sample(_TOPICS, 4):
        count, percent = chance.randint(100, 9999), chance.randint(10, 99)
        filler = " ".join(chance.sample(_TOPICS, 4))
        paragraphs.append(
            f"Theo ấn bản {edition}, đảng bộ {place} đặt mục tiêu {topic} với {count} hộ dân tham gia. "
            f"Đến nay đã đạt {percent} % kế hoạch về {topic}, cao hơn cùng kỳ năm trước. "
            f"Các đại biểu tại {place} còn thảo luận về {filler} và {chance.choice(_TOPICS)}."
        )
    return "\n\n".join(paragraphs) + "\n"


def write_articles(folder: Path, places: Iterable[str], edition: int = 1) -> Path:
    """Write one text file a place into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in places:
        (folder / file_name(place)).write_text(article_text(place, edition), encoding="utf-8")
    return folder


def file_name(place: str) -> str:
    """Give the name of the file that `write_articles` writes for a place."""
    return f"{PLACES.index(place):02d}.txt"


def write_jsonl(path: Path, records: Iterable[dict[str, object]]) -> Path:
    """Write a corpus of one article a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def questions(places: Sequence[str]) -> list[str]:
    """Ask one question a place, by turns as one types it, without diacritics, and in English."""
    asked = [
        "Đảng bộ {} đặt mục tiêu gì?",
        "dai bieu tai {} thao luan ve gi",
        "How many households of {} take part?",
    ]
    return [asked[i % 3].format(place) for i, place in enumerate(places)]


def editions(hits: Iterable[Hit]) -> set[int]:
    """Tell which editions the articles found are of."""
    return {int(number) for hit in hits for number in _EDITION.findall(hit.article.text)}


def found(assistant: Assistant, asked: Sequence[str], k: int = 10) -> list[list[tuple[object, ...]]]:
    """Ask everything and write down all that a person could see of it, scores to nine digits."""
    return [
        [
            (hit.article.id, hit.passage.start, hit.passage.end, hit.quote, hit.sentence_text, round(hit.score, 9))
            for hit in assistant.retrieve(question, k)
        ]
        for question in asked
    ]


def copied(folder: Path, to: Path) -> Path:
    """Copy an index or a corpus folder."""
    shutil.copytree(folder, to)
    return to


# --- archives --------------------------------------------------------------------------------------------


def archive(path: Path, articles: int, seed: int = 0, first: int = 0) -> Path:
    """Write a corpus of any size: one file where `path` ends in .jsonl, else text files in folders by year and month.

    An article has about 4.25 passages and 20 sentences, and none is like another: clauses of the seed articles in new
    sentences, with other names, places, numbers, dates and words. The same seed gives the same articles; those of a
    smaller archive are the first of a larger one. `first` is the number of the first, so that an archive can grow.
    """
    numbers = range(first, first + articles)
    if path.suffix == ".jsonl":
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(archive_article(i, seed), ensure_ascii=False) + "\n" for i in numbers)
        return path
    for i in numbers:
        article = archive_article(i, seed)
        year, month, day = article["published"].split("-")
        folder = path / year / month
        folder.mkdir(parents=True, exist_ok=True)
        page = f"{article['title']}\n\nNgày đăng: {day}/{month}/{year}\n\n{article['text']}\n"
        (folder / article["id"]).write_text(page, encoding="utf-8")
    return path


def archive_article(i: int, seed: int = 0) -> dict[str, str]:
    """Write article number `i` of an archive, a line of a corpus; its id is that of its text file."""
    chance, fact = random.Random(f"{seed} {i}"), _fact(i, seed)
    topics = _seed_clauses()
    main = chance.randrange(len(topics))
    sentences = [_sentence(topics[main if chance.random() < 0.6 else chance.randrange(len(topics))], chance)
                 for _ in range(chance.randint(13, 25))]  # fmt: skip
    sentences.insert(chance.randrange(len(sentences) + 1), fact.sentence)
    paragraphs = []
    while sentences:
        count = chance.randint(4, 6)
        paragraphs.append(" ".join(f"{sentence}." for sentence in sentences[:count]))
        del sentences[:count]
    published = datetime.date(2014, 1, 1) + datetime.timedelta(chance.randrange(_DAYS_OF_ARCHIVE))
    topic = chance.choice(_TOPICS)
    return {
        "id": f"{i:06}.txt",
        "title": f"{chance.choice(_places())}: {topic[0].upper()}{topic[1:]} năm {published.year}",
        "text": "\n\n".join(paragraphs),
        "published": published.isoformat(),
        "source": "Báo mẫu",
    }


def archive_question(i: int, seed: int = 0) -> LabelledQuestion:
    """Ask what article number `i` of an archive says and no other does."""
    fact = _fact(i, seed)
    return LabelledQuestion(f"{i:06}", fact.question, f"{i:06}.txt", (fact.answer,))


@dataclass(frozen=True, slots=True)
class _Fact:
    sentence: str
    question: str
    answer: str


def _fact(i: int, seed: int) -> _Fact:
    """Give the fact of an article; village, commune and trade together occur in no other of sixteen million."""
    places, chance = _places(), random.Random(f"fact {seed} {i}")
    # Multiplying by a prime that divides none of the pools' sizes visits every combination once, neighbours far apart.
    key, trade = divmod(((i + 1) * 7_368_787 + seed * 1_000_003) % (len(places) ** 2 * len(TRADES)), len(TRADES))
    village, commune = divmod(key, len(places))
    answer = f"{chance.randint(12, 9876):,} hộ".replace(",", ".")
    said = {
        "village": places[village], "commune": places[commune], "trade": TRADES[trade],
        "year": str(chance.randint(2010, 2023)), "count": answer.removesuffix(" hộ"),
    }  # fmt: skip
    return _Fact(chance.choice(_FACTS).format(**said), chance.choice(_FACT_QUESTIONS).format(**said), answer)


@lru_cache(maxsize=1)
def _places() -> tuple[str, ...]:
    """Combine the names of places into about a thousand."""
    names = [place.split() for place in PLACES if " " in place]
    firsts, lasts = sorted({name[0] for name in names}), sorted({name[1] for name in names})
    return tuple(f"{first} {last}" for first, last in itertools.product(firsts, lasts) if first != last)


_Template = tuple[tuple[str, tuple[str, ...] | str], ...]
"""Stretches of a clause as they stand, each with what comes behind it: one of several words, or a kind of thing."""


@lru_cache(maxsize=1)
def _seed_clauses() -> tuple[tuple[_Template, ...], ...]:
    """Cut the seeds' sentences into clauses that can be filled anew, one list an article."""
    words: dict[str, tuple[str, ...]] = {}
    for group in _WORDS:
        members = tuple(word.replace("_", " ") for word in group.split())
        words.update(dict.fromkeys(members, members))
    surnames, known = "|".join(_SURNAMES), "|".join([*PLACES, "Quảng Trị", "Đồng Tháp", "Ninh Bình"])
    slots = re.compile(
        rf"(?P<date>\b\d{{1,2}}/\d{{1,2}}/\d{{4}}\b)|(?P<year>\b20[012]\d\b)|(?P<number>\d+)|(?P<place>\b(?:{known})\b)"
        rf"|(?P<person>\b(?:{surnames}) [A-ZĐ]\w+(?: [A-ZĐ]\w+)?)|(?P<word>\b(?:{'|'.join(words)})\b)"
    )

    def template(clause: str) -> _Template:
        parts, at = [], 0
        for match in slots.finditer(clause):
            kind, found = str(match.lastgroup), match.group()
            filler = words[found] if kind == "word" else f"number {len(found)}" if kind == "number" else kind
            parts.append((clause[at : match.start()], filler))
            at = match.end()
        return (*parts, (clause[at:], ""))

    topics = []
    for path in sorted(SEEDS.iterdir()):
        text = path.read_text("utf-8")
        spans = (span for paragraph in read_page(text).paragraphs for span in sentence_spans(text, *paragraph))
        plain = (re.sub(r"[\"“”()\[\]…*]", "", " ".join(text[start:end].split())) for start, end in spans)
        clauses = (clause.strip(" .-–!?/") for sentence in plain for clause in re.split(r"[,;:] | [-–] ", sentence))
        topics.append(tuple(template(clause) for clause in clauses if 15 <= len(clause) <= 120 and ". " not in clause))
    return tuple(topics)


def _sentence(clauses: Sequence[_Template], chance: random.Random) -> str:
    """Write a sentence of about a hundred characters, without its full stop."""
    said: list[str] = []
    length, wanted = 0, chance.randint(38, 102)
    while length < wanted:
        said.append("".join([text + _filled(slot, chance) for text, slot in chance.choice(clauses)]))
        length += len(said[-1])
    sentence = ", ".join(said)
    return sentence[0].upper() + sentence[1:]


def _filled(slot: tuple[str, ...] | str, chance: random.Random) -> str:
    if not slot:
        return ""
    if isinstance(slot, tuple):
        return slot[int(chance.random() * len(slot))]
    if slot == "place":
        return chance.choice(_places())
    if slot == "person":
        return f"{chance.choice(_SURNAMES)} {chance.choice(_MIDDLE_NAMES)} {chance.choice(_GIVEN_NAMES)}"
    if slot == "date":
        return f"{chance.randint(1, 28)}/{chance.randint(1, 12)}/{chance.randint(2014, 2023)}"
    if slot == "year":
        return str(chance.randint(2014, 2023))
    return str(chance.randrange(10 ** int(slot.removeprefix("number "))))
