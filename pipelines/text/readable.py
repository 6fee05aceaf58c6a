r"""A text as the grammars of reports read it: repaired, its formulas and broken numbers written plainly, with the way back.

Here belongs what serves reading alone and is never published: formulas that text recognition wrote in LaTeX (`$9 5 \%$` is 95%), points
and dashes that an encoding has lost between digits (`0á74` is 0·74), decimal points that a space follows (`0. 62`), words that stood below
the line (`HRdeath`), and ornaments that notes set between Chinese words (`的 → 患者`). Repairs that are published too belong to
`repair.py`.

No digit is added, removed or altered.
"""

import re

from pipelines.text.repair import Edit, Repaired, repair


def readable(text: str) -> Repaired:
    """The repaired text without the marks of formulas, ornaments, and spaces inside numbers."""
    repaired = repair(text)
    if "$" in repaired.text:
        repaired = repaired.edited("formula", _formula_edits(repaired.text))
    if "HR" in repaired.text:
        repaired = repaired.edited("lowered_word", [(*match.span(), "HR ") for match in _LOWERED.finditer(repaired.text)])
    if repaired.text.isascii():
        return repaired
    if _ORNAMENTS.search(repaired.text) is not None:
        repaired = repaired.edited("ornament", [(*match.span(), "") for match in _ORNAMENT.finditer(repaired.text)])
    if _LOST_SIGNS.search(repaired.text) is not None:
        repaired = repaired.edited("lost_sign", _lost_sign_edits(repaired.text))
    if _POINT_AND_SPACE.search(repaired.text) is not None:
        repaired = repaired.edited("broken_number", _number_edits(repaired.text))
    return repaired


# "HRdeath 0.61": a word that stood below the line.
_LOWERED = re.compile(r"\bHR(?=[a-z]{4}|(?:OS|PFS|DFS|EFS|RFS)\b)")
_ORNAMENTS = re.compile("[→↣↪〓≡✖✔☢💥∵∴⚠]")
# "的 → 反應率", "在 ↣ 術後": such a sign says nothing between Chinese words; elsewhere an arrow leads from one to the next.
_ORNAMENT = re.compile(r"(?<=[的之]) → (?=\S)|(?<=[\u3400-\u9fff，。、；（(]) ?[↣↪〓≡✖✔☢💥∵∴⚠] (?=[\u3400-\u9fff])")


# A raised point is "á" and a dash "Ð" where Mac Roman was read as Latin 1; the point is "繚" where UTF-8 was read as Big5, and a dash then
# becomes two signs of what could not be read. One such sign alone is a point behind a single 0, and a dash before a number with such
# a point: "0�74", "0ï¿½60ï¿½0ï¿½91".
_LOST_SIGNS = re.compile("[á繚Ð\ufffdï]")
_LOST_SIGN = re.compile(
    r"(?<=\d)(?:(?P<point>[á繚])|(?P<dash>Ð|\ufffd\ufffd|(?:\ufffd|ï¿½)(?=0(?:\ufffd|ï¿½)\d))"
    r"|(?<![\d.·].)(?<=0)(?P<either>\ufffd|ï¿½))(?=\d)"
)


def _lost_sign_edits(text: str) -> list[Edit]:
    return [(*match.span(), "–" if match["dash"] else "·") for match in _LOST_SIGN.finditer(text)]


_SIGNS = {
    "sim": "~",
    "le": "≤",
    "leq": "≤",
    "leqslant": "≤",
    "ge": "≥",
    "geq": "≥",
    "geqslant": "≥",
    "lt": "<",
    "gt": ">",
    "times": "×",
    "pm": "±",
    "cdot": "·",
    "mu": "μ",
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "chi": "χ",
}
_BARE = frozenset({"mathrm", "mathbf", "mathit", "mathsf", "text", "textbf", "rm", "bf", "it", "left", "right", "quad", "qquad"})
"""Commands that only say how a formula looks."""
# Letters stand alone or in short runs ("H R { = } 0 . 6"); "$5 million or $6" has words and is none.
_FORMULA = re.compile(
    r"\$(?P<inside>(?:\\[a-zA-Z]+(?![a-zA-Z])|\\[%,;:! {}]|[A-Za-z]{1,3}(?![A-Za-z])|[\d\s.,;:%{}^_()\[\]|+\-=<>/*~'≤≥±×·–]){1,200})\$"
)
_IS_FORMULA = re.compile(r"[\\{}^_=<>]")
_PART = re.compile(r"\\(?P<command>[a-zA-Z]+)|\\(?P<escaped>[%,;:! {}])|(?P<raised>[\^_])[\s{]*(?P<citation>\[)?|[{}\s]+")


def _formula_edits(text: str) -> list[Edit]:
    edits: list[Edit] = []
    for match in _FORMULA.finditer(text):
        start, end = match.span("inside")
        commands = re.findall(r"\\([a-zA-Z]+)", match["inside"])
        if _IS_FORMULA.search(match["inside"]) and all(name in _SIGNS or name in _BARE for name in commands):
            edits.append((start - 1, start, ""))
            edits += [(*part.span(), _instead_of(part, text)) for part in _PART.finditer(text, start, end)]
            edits.append((end, end + 1, ""))
    return edits


def _instead_of(part: re.Match[str], text: str) -> str:
    """What a part of a formula means: a power keeps its mark, "10^9", a reference its bracket, a unit neither, "m2"."""
    if part["command"]:
        return _SIGNS.get(part["command"], "")
    if part["escaped"]:
        return "%" if part["escaped"] == "%" else ""
    if part["citation"]:
        return " ["
    before = text[: part.start()].rstrip(" }")[-1:]
    return part["raised"] if part["raised"] and before.isdigit() else ""


# "95%CI：0. 41～0. 94", "中位OS为8. 3个月": in a Chinese sentence no full stop of this kind ends anything.
_POINT_AND_SPACE = re.compile(r"\. \d")
_BROKEN = re.compile(
    r"(?<=[\u4e00-\u9fff=＝<>＜＞~～\-–—(（,，:：])\s?\d{1,3}\.(?P<space> )(?=\d{1,3}\s?(?:[%％)）,，;；。~～\-–—]|个?月|個月|年|周|天|$))"
    r"|(?<![\d.])0\.(?P<after_zero> )(?=\d)"
)


def _number_edits(text: str) -> list[Edit]:
    return [(*match.span(match.lastgroup or 0), "") for match in _BROKEN.finditer(text)]
