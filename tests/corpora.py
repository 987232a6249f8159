"""Small made-up corpora: articles that say which edition they are, and questions that each one answers."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from qa import Assistant, Hit

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
