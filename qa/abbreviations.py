"""Abbreviations and what they stand for: defined in an article itself ("Ban Thường vụ (BTV)"), or common.

The same letters may stand for different things in different articles: what an article defines holds in that article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from qa.text import folded_token, tokens

Tokens = tuple[str, ...]
Table = Mapping[Tokens, Tokens]
"""From an abbreviation's tokens to those of what it stands for."""

_COMMON = """
UBND: ủy ban nhân dân; HĐND: hội đồng nhân dân; UBKT: ủy ban kiểm tra; BCH: ban chấp hành; BTV: ban thường vụ
BTC: ban tổ chức; BCĐ: ban chỉ đạo; TVTU: thường vụ tỉnh ủy; TW: trung ương; TƯ: trung ương; MTTQ: mặt trận tổ quốc
UBMTTQ: ủy ban mặt trận tổ quốc; LĐLĐ: liên đoàn lao động; LHPN: liên hiệp phụ nữ; CCB: cựu chiến binh
TNCS: thanh niên cộng sản; ĐBQH: đại biểu quốc hội; QĐND: quân đội nhân dân; CAND: công an nhân dân
CSGT: cảnh sát giao thông; PCCC: phòng cháy chữa cháy; ATGT: an toàn giao thông; GTVT: giao thông vận tải
GDĐT: giáo dục đào tạo; GD&ĐT: giáo dục và đào tạo; KH&ĐT: kế hoạch và đầu tư; KH&CN: khoa học và công nghệ
NN&PTNT: nông nghiệp và phát triển nông thôn; TN&MT: tài nguyên và môi trường; VHTT: văn hóa thể thao
LĐTBXH: lao động thương binh và xã hội; TT&TT: thông tin và truyền thông; CNTT: công nghệ thông tin
BHXH: bảo hiểm xã hội; BHYT: bảo hiểm y tế; XHCN: xã hội chủ nghĩa; CNXH: chủ nghĩa xã hội; KT-XH: kinh tế xã hội
QP-AN: quốc phòng an ninh; ANTT: an ninh trật tự; NTM: nông thôn mới; HTX: hợp tác xã; TNHH: trách nhiệm hữu hạn
TP.HCM: thành phố hồ chí minh; TPHCM: thành phố hồ chí minh; HCM: hồ chí minh; THPT: trung học phổ thông
THCS: trung học cơ sở; ĐHQG: đại học quốc gia; NXB: nhà xuất bản; CLB: câu lạc bộ; LHQ: liên hợp quốc
HLV: huấn luyện viên; VĐV: vận động viên; NSNN: ngân sách nhà nước; BĐS: bất động sản
"""
_DEFINITION = re.compile(r"\(\s*(?:gọi tắt là |viết tắt là |sau đây gọi là )?((?:[A-ZĐƯ]{1,8}[ ,&.-]*){1,4})\)")
_LETTERS_LEAST, _LETTERS_MOST = 2, 10
_BEFORE = 160


def _common() -> Iterator[tuple[Tokens, Tokens]]:
    for entry in _COMMON.replace("\n", ";").split(";"):
        if entry.strip():
            short, full = entry.split(":")
            yield tuple(tokens(short)), tuple(tokens(full))


COMMON: Table = dict(_common())


def definitions(text: str) -> dict[Tokens, Tokens]:
    """Find the abbreviations that a text defines: letters in brackets behind the words that they begin."""
    found: dict[Tokens, Tokens] = {}
    for match in _DEFINITION.finditer(text):
        short = tuple(tokens(match[1]))
        letters = "".join(short)
        if not _LETTERS_LEAST <= len(letters) <= _LETTERS_MOST:
            continue
        before = tokens(text[max(0, match.start() - _BEFORE) : match.start()])[-len(letters) :]
        if len(before) == len(letters) and all(_begins(w, x) for w, x in zip(before, letters, strict=True)):
            found[short] = tuple(before)
    return found


def _begins(word: str, letter: str) -> bool:
    return word[0] == letter or (folded_token(word[0]) == folded_token(letter) and "đ" not in (word[0], letter))


definitions_of = lru_cache(maxsize=512)(definitions)
"""`definitions`, remembered for the articles asked of last."""


def table_of(text: str) -> Table:
    """Give the abbreviations that hold in an article: those it defines, and the common ones it does not define anew."""
    return {**COMMON, **definitions_of(text)}


def other_forms(words: Sequence[str], table: Table) -> list[Tokens]:
    """Give, for the abbreviations and full names among a text's tokens, the form that is not there."""
    joined = f" {' '.join(words)} "
    found = []
    for short, full in table.items():
        has_short, has_full = f" {' '.join(short)} " in joined, f" {' '.join(full)} " in joined
        if has_short != has_full:
            found.append(full if has_short else short)
    return found


def relevant(table: Table, words: frozenset[str]) -> Table:
    """Keep of a table what shares a word, diacritics aside, with the words given, which have none."""
    return {
        short: full
        for short, full in table.items()
        if any(folded_token(word) in words for word in short) or any(folded_token(word) in words for word in full)
    }
