"""A text in lower case, plain width and simplified script, as long as the text itself.

Here belongs what may be done to a text so that words can be looked up in it while every offset stays: one character for one.
Repairs, which move characters, belong to `repair.py`; so does nothing that changes what is published.
"""

import re
from functools import cache, lru_cache
from unicodedata import normalize

_HAN_RANGES = ((0x3400, 0xA000), (0xF900, 0xFB00))
# Signs that stand for one another in prose. A decimal point in mid-height stays: it is one; so does "、", which is no decimal comma.
_SIGNS = {
    **dict.fromkeys("‐‑‒–—―−﹣－⁻", "-"),
    **dict.fromkeys("×✕✖╳⨯∗＊", "*"),
    **dict.fromkeys("～〜∼˜﹏", "~"),
    **dict.fromkeys("，﹐", ","),
    **dict.fromkeys("；﹔", ";"),
    **dict.fromkeys("：∶﹕", ":"),
    **dict.fromkeys("（【［〔﹝「『", "("),
    **dict.fromkeys("）】］〕﹞」』", ")"),
    **dict.fromkeys("［[", "("),
    **dict.fromkeys("］]", ")"),
    **dict.fromkeys("’‘`´′", "'"),
    **dict.fromkeys("“”″", '"'),
    **dict.fromkeys("＋⁺", "+"),
    **dict.fromkeys("／⁄∕", "/"),
    **dict.fromkeys("µ", "μ"),
    **dict.fromkeys("•●◦▪■‧", "•"),
    # "①" marks an item of a list: "⑥患者" are no six patients.
    **dict.fromkeys("①②③④⑤⑥⑦⑧⑨⑩⑪⑫❶❷❸❹❺❻❼❽❾", "•"),
    "〇": "0",
    "\u00a0": " ",
    "\u3000": " ",
    "\u202f": " ",
    "\u2009": " ",
}


@cache
def _simplified_han() -> dict[int, str]:
    # Imported here because few processes read prose.
    from opencc import OpenCC  # noqa: PLC0415

    han = [chr(code) for low, high in _HAN_RANGES for code in range(low, high)]
    # A line each, so that no two characters are taken for a word.
    found = OpenCC("t2s").convert("\n".join(han)).split("\n")
    return {ord(old): new for old, new in zip(han, found, strict=True) if old != new and len(new) == 1}


def simplified(text: str) -> str:
    """The text in simplified script, all else as it is; one character for one."""
    return text if text.isascii() else text.translate(_simplified_han())


@cache
def _table() -> dict[int, str]:
    table = dict(_simplified_han())
    for code in (*range(0xA0, 0x3400), *range(0xFF00, 0xFFF0)):
        plain = normalize("NFKC", chr(code)).lower()
        if len(plain) == 1 and plain != chr(code) and not _is_superscript(code):
            table[code] = plain
    table |= {code: chr(code).lower() for code in range(0x41, 0x5B)}
    table |= {ord(sign): plain for sign, plain in _SIGNS.items()}
    return table


def _is_superscript(code: int) -> bool:
    """10⁷ is no 107."""
    return code in (0xB2, 0xB3, 0xB9) or 0x2070 <= code < 0x2080


@lru_cache(maxsize=16)
def folded(text: str) -> str:
    """The text with one character for each of its characters, for comparison only.

    Several readers of one passage ask for it in turn.
    """
    if text.isascii():
        return _folded_ascii(text)
    if _HAN.search(text) is not None:
        return text.translate(_table())
    # A text with a few other signs: all between them goes the fast way.
    parts = _OTHERS.split(text)
    parts[::2] = map(_folded_ascii, parts[::2])
    parts[1::2] = [part.translate(_table()) for part in parts[1::2]]
    return "".join(parts)


_HAN = re.compile("[\u3400-\u9fff]")
_OTHERS = re.compile(r"([^\x00-\x7f]+)")


def _folded_ascii(text: str) -> str:
    return text.lower().replace("[", "(").replace("]", ")").replace("`", "'")
