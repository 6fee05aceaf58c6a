"""Groups that a report compares: how they are named, and which of the names a document's groups are.

Here belong the rules for names of groups, and which of them a document or a sentence sets against each other. Which value belongs to which
group is told by `runs.py`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, takewhile

from pipelines.grammar.cascade import Rule
from pipelines.grammar.reported import VALUES
from pipelines.grammar.tokens import Token

GROUP = "GROUP"
MACROS = {
    "NAMED": "ARMNAME | DRUG",
    "ITEM": "(W | ARMWORD | ARMNAME | DRUG | NONE | DASH | PLUS | ALONE){1,5}",
    "LETTER": "W | NUM | ROMAN | THE | DAY | HOUR | E | GRADE",
    "WORD": "W (DASH (W | NUM | TIMEV) | DASH AND DASH W)*",
    "CLOSED": "AND | VS | THAN | COMMA | DOT | LPAR | RPAR | SEMI | IS",
    "JOIN": "PLUS | WITH | SLASH | DASH | PM",
}

_LONGEST_LETTER = 2
_NO_LETTERS = frozenset({"of", "in", "is", "as", "to", "an", "we", "or", "at", "by", "no", "so", "he", "us", "it", "up"})
_ROMAN = frozenset({"i", "ii", "iii", "iv", "v", "vi"})
_NO_GROUPS = frozenset(
    {
        *("two", "both", "all", "each", "age", "other", "these", "study", "per", "cell", "blood", "ethnic", "risk", "either", "patient"),
        *("treatment", "the", "between", "across", "while", "whereas"),
        *("entire", "whole", "overall", "total", "full", "our", "their"),
        *("single", "one", "three", "multi", "double", "dual"),
        *("两", "各", "该", "此", "本", "每", "三", "单", "双"),
    }
)
"""What stands before "group" or "arm" without naming one: "both arms", "a single-arm study", "各组"."""


_ORGANISATIONS = frozenset({"working", "cooperative", "collaborative", "oncology", "research", "expert", "advisory", "interest"})
"""The word before "group" that makes it no arm but an organisation: "the International Working Group"."""
_CHINESE_LETTERS = frozenset("甲乙丙丁戊己")


def _is_there(found: Sequence[Token]) -> bool:
    """Whatever the pattern finds is a name."""
    return bool(found)


def _sized(found: Sequence[Token]) -> bool | None:
    """对照（n=40）; not 研究（n=40）, which tells how many took part."""
    return found[0].text not in ("研 究", "试 验", "实 验") or None


def _lettered(found: Sequence[Token]) -> bool | None:
    """Arm B, group 2; not "arms of"."""
    word = found[-1].text
    is_mark = len(word) <= _LONGEST_LETTER and word.isascii() and (word.isalpha() or found[-1].kind == "NUM")
    return (is_mark and word not in _NO_LETTERS) or word in _ROMAN or None


def _listed(found: Sequence[Token]) -> bool | None:
    """Arms A and B, groups 1 and 2; not the number in "27 in arm A and 23 in arm B"."""
    return None if found[-1].text.isdigit() and len(found[-1].text) > 1 else _lettered(found)


def _single_letter(found: Sequence[Token]) -> bool | None:
    """Arm C without more: what follows may be anything; not "arm we"."""
    return (len(found[-1].text) == 1 and found[-1].text.isascii() and found[-1].text.isalpha()) or None


def _singular(found: Sequence[Token]) -> bool | None:
    """Whether "and" joins the drugs of one group: of "A and B groups" it joins two, and of two names that are no drugs: "热疗和常规组"."""
    is_of_two = not found[-1].text.isascii() and any(one.kind == "ARMNAME" for one in found)
    return None if found[-1].text.endswith("s") or is_of_two else True


def _given_with(found: Sequence[Token]) -> bool | None:
    """One drug with another, after a preposition: "3.3 months with letrozole with ribociclib"."""
    return found[1].text == "with" or None


def _combined_drugs(found: Sequence[Token]) -> bool | None:
    """The combination of letrozole with ribociclib."""
    return found[1].kind != "IN" or found[1].text == "with" or None


def _chinese_a(found: Sequence[Token]) -> bool | None:
    """A组, whose letter is an article elsewhere."""
    return True if found[0].text == "a" and found[-1].text == "组" else None


_DOSE_UNITS = frozenset({"mg", "g", "mcg", "µg", "μg", "ug", "gy", "iu", "ng"})


def _of_dose(found: Sequence[Token]) -> bool | None:
    """The 20 mg arm, the 100 mg BID group."""
    return any(token.text in _DOSE_UNITS for token in found) or None


def _every(found: Sequence[Token]) -> bool | None:
    """The 3-weekly arm; not "2-arm studies"."""
    return found[2].text.endswith("ly") or None


def _item(found: Sequence[Token]) -> bool | None:
    """One of "the fasted, fed, and no breakfast groups"; not of "both groups"."""
    return None if found[0].text in _NO_GROUPS else True


def _named(found: Sequence[Token]) -> bool | None:
    """The observation arm, 试验组, 甲组; not "both arms", nor the end of a longer Chinese name that no word list knows."""
    first = found[0].text
    is_chinese = not found[-1].text.isascii() and not first.isascii()
    is_end = is_chinese and (len(found) > 2 or (len(first) == 1 and first not in _CHINESE_LETTERS))
    is_organisation = any(one.text in _ORGANISATIONS for one in found[-2:-1])
    return None if first in _NO_GROUPS or is_organisation or is_end else True


def _combined(found: Sequence[Token]) -> bool | None:
    """One treatment of several drugs, joined as Chinese joins them; a comma of another kind ends a clause."""
    return not any(one.kind == "COMMA" and one.text != "、" for one in found) or None


def _combination_group(found: Sequence[Token]) -> bool | None:
    """Letrozole and ribociclib of the one group that 联合组 calls it."""
    return found[-1].text == "联 合 组" or None


_COMBINED = frozenset({"三 联 组 合", "三 联", "三 药", "双 药", "两 药"})


_COMBINATION = "group_of_the_combination"


def _the_combination(found: Sequence[Token]) -> bool | None:
    """8 months with the combination: that of the groups which gets several drugs; 6 months on observation: that which gets none."""
    return found[0].text in ("combination", "observation") or None


_LONGEST_ABBREVIATION = 5


def _abbreviated(found: Sequence[Token]) -> bool | None:
    """TH+pyrotinib, TP-AC: what no vocabulary knows, right before a sign and a drug."""
    word = found[0].text
    is_short = word.isascii() and word.isalpha() and 1 < len(word) <= _LONGEST_ABBREVIATION
    is_joined = found[0].end == found[1].start and found[1].end == found[2].start
    return (is_short and is_joined and not found[-1].text.isascii()) or None


def _called_combined(found: Sequence[Token]) -> bool | None:
    """The drugs that a word after them calls a combination: "贝伐珠单抗、紫杉醇与卡铂，三联组合"."""
    return found[-1].text in _COMBINED or None


GROUPS = (
    Rule("group_of_combination", "NAMED ((COMMA | AND) NAMED)* AND NAMED ARMNAME", GROUP, _combination_group),
    # "12 months with letrozole and ribociclib versus 8 months": one value stands before "with".
    Rule("group_of_both", "(?<= (RPAR | PCT | TIMEV | NR) IN) NAMED AND NAMED (?= VS (NUM | PCT | TIMEV | NR))", GROUP, _is_there),
    Rule("group_of_list", "NAMED ((COMMA NAMED)+ COMMA? AND NAMED ALONE? | AND NAMED ALONE) GROUPW", GROUP, _singular),
    Rule("group_of_combined", "(?<= ARMWORD OF) NAMED (IN | AND | JOIN) NAMED", GROUP, _combined_drugs),
    Rule("group_with_another", "(?<= IN) NAMED IN NAMED (?= CLOSED)", GROUP, _given_with),
    Rule(
        "group_of_both_in_arm",
        "(?<= (RPAR | PCT | TIMEV) IN) NAMED AND (W | NAMED){1,2} GROUPW (?= (AND | VS | COMMA) (PCT | TIMEV | NUM | NR))",
        GROUP,
        _singular,
    ),
    Rule("group_abbreviated", "W (PLUS | DASH) NAMED (JOIN NAMED)*", GROUP, _abbreviated),
    Rule("group_of_three", "NAMED ((COMMA | AND) NAMED)+ COMMA? W", GROUP, _called_combined),
    # "与贝伐珠单抗和化疗相比": all between 与 and 相比 is one side.
    Rule("group_held_against", "(?<= AND) NAMED ((COMMA | AND | WITH | PLUS | DASH) NAMED)+ (?= W? VS COMMA)", GROUP, _combined),
    # "吡咯替尼联合曲妥珠单抗和多西他赛的缓解率", "氟维司群、哌柏西利基础上联合伊那利塞".
    Rule(
        "group_combined",
        "NAMED (COMMA NAMED)* WITH W? NAMED ((COMMA NAMED)* AND NAMED)? (?= W (OUTCOME | TIMEV | PTS | GROUPW | W)"
        " | DIFF | OUTCOME | COMMA)",
        GROUP,
        _combined,
    ),
    Rule(
        "group_by_letter",
        "GROUPW LETTER (?= LPAR | RPAR | COMMA | COLON | SEMI | DOT | IN | OF | AND | OR | VS | THAN | IS | ACHIEVED | REPORTED"
        " | TIMEV | PCT | OUTCOME | PTS | SLASH | NUM | THE)",
        GROUP,
        _lettered,
    ),
    Rule("group_by_letter_alone", "GROUPW W", GROUP, _single_letter),
    Rule(
        "group_by_letter_listed",
        "(?<= GROUPW LETTER (AND | COMMA | OR | VS)) LETTER (?! LPAR PCT RPAR (IN | OF) | IN GROUPW)"
        " | (?<= GROUPW LETTER COMMA LETTER (AND | COMMA | OR | VS)) LETTER"
        " | (?<= GROUPW LETTER COMMA LETTER COMMA (AND | OR)) LETTER"
        " | (?<= GROUPW LETTER LPAR (TIMEV | PCT | NUM) RPAR (AND | COMMA | OR | VS)) LETTER (?= LPAR)",
        GROUP,
        _listed,
    ),
    Rule("group_of_dose", "NUM DASH? W (SLASH W){0,2} W? GROUPW", GROUP, _of_dose),
    Rule("group_of_duration", "(?<= THE | IN) TIMEV W? GROUPW", GROUP, _is_there),
    Rule("group_numbered", "NUM DASH W GROUPW | (?<= THE | IN) NUM DASH W (?= (AND | VS | OR) THE? W GROUPW)", GROUP, _every),
    Rule("group_sized", "ARMWORD (?= LPAR NEQ RPAR)", GROUP, _sized),
    Rule(
        "group_listed",
        "(?<= THE | COMMA | IN) ITEM (?= (COMMA ITEM)* COMMA? AND THE? ITEM GROUPW (IN | IS | COMMA | DOT | RESP | LPAR))",
        GROUP,
        _item,
    ),
    Rule("group_listed_last", "(?<= COMMA AND) ITEM GROUPW (?= COMMA RESP)", GROUP, _item),
    Rule(
        "group_treated_with",
        "GROUPW (IN | OF | W){1,2} THE? NAMED ((PLUS | WITH | SLASH | DASH | AND | IN) THE? NAMED)* ALONE?",
        GROUP,
        _is_there,
    ),
    Rule("group_added", "ADDING THE? NAMED (TO | AND | IN) THE? NAMED ((PLUS | WITH | SLASH) NAMED)*", GROUP, _is_there),
    Rule("group_before_and", "(ARMWORD | W) (?= AND THE? (ARMWORD | NAMED | W) GROUPW)", GROUP, _is_there),
    Rule("group_joined", "NAMED (JOIN THE? NAMED)* AND THE? NAMED (DASH W)? ALONE? W? GROUPW (?! COMMA? RESP)", GROUP, _singular),
    Rule(
        "group_named_by_drugs",
        "ALONE? NAMED NAMED? (JOIN THE? NAMED)* (DASH W)? (DASH? (ALONE | ARMWORD))? W{0,2} (DASH W)? GROUPW",
        GROUP,
        _is_there,
    ),
    Rule("group_of_drugs", "ALONE? NAMED NAMED? (JOIN THE? NAMED)* ALONE?", GROUP, _is_there),
    Rule(
        _COMBINATION,
        "(?<= (RPAR | PCT | TIMEV | NR) IN) ARMWORD (?= CLOSED)"
        " | (?<= VS | THAN) ARMWORD (?= CLOSED)"
        " | (?<= (IN | VS | THAN) THE) ARMWORD (?= CLOSED)",
        GROUP,
        _the_combination,
    ),
    Rule("group_by_letter_a", "(?<! W) THE GROUPW", GROUP, _chinese_a),
    Rule("group_named", "(ARMWORD | WORD){1,3} (DASH (W | TIMEV))? GROUPW", GROUP, _named),
)

_NO_NAME = frozenset(
    {
        *("arm", "arms", "group", "groups", "cohort", "cohorts", "the", "and", "plus", "with", "in", "of", "treatment", "therapy"),
        *("patients", "alone", "to", "or"),
        *("组", "臂", "队", "列"),
    }
)
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\s(?=[\u3400-\u9fff])")
_NUMBERED = re.compile(r"\b([a-z]{1,3}) (\d{1,2})\b")
"""The name "H2", which tokens cut in two."""
_EVERY = re.compile(r"\b(\d{1,2}) ?- ?([a-z]+ly)\b")
"""3-weekly, which is not weekly."""
_NAME_WORD = re.compile(r"[a-z0-9α-ω]+|[\u3400-\u9fff]+?(?=组|治疗|单药|$|[^\u3400-\u9fff])")


@lru_cache(maxsize=4096)
def name_words(name: str) -> frozenset[str]:
    """The words by which a group is told from others: "FOLFOX alone arm" is the group of "folfox", "试验 组" that of "试验"."""
    plain = _EVERY.sub(r"\1\2", _NUMBERED.sub(r"\1\2", _BETWEEN_HAN.sub("", name)))
    has_letters = len(plain) == 1 or plain.endswith("组") or any(word in plain for word in ("arm", "group", "cohort"))
    words = [word for word in _NAME_WORD.findall(plain) if word not in _NO_NAME and (len(word) > 1 or has_letters)]
    # "A" is a name at the end, "arm A", and an article elsewhere.
    return frozenset(word for number, word in enumerate(words, start=1) if word != "a" or number == len(words))


def glosses(tokens: Sequence[Token], text: str) -> Iterator[tuple[frozenset[str], str]]:
    """The names of groups with what brackets behind them say that they got: "研究组（AI加卡培他滨）"."""
    for place, token in enumerate(tokens[:-2]):
        if token.kind == GROUP and tokens[place + 1].kind == "LPAR" and token.text.endswith("组"):
            inside = list(takewhile(lambda one: one.kind != "RPAR", tokens[place + 2 : place + 2 + _LONGEST_GLOSS]))
            has_name = any(one.kind in _NAMING for one in inside)
            if has_name and VALUES.isdisjoint(one.kind for one in inside) and not any(one.kind in ("VS", "COMMA") for one in inside):
                end = inside[-1].end
                yield name_words(token.text), text[token.start : end + 1] if text[end : end + 1] in ")）" else text[token.start : token.end]


_LONGEST_GLOSS = 12
_NAMING = frozenset({GROUP, "ARMNAME", "DRUG", "ALONE", "PLUS", "WITH"})


def combined_name(tokens: Sequence[Token], text: str) -> Iterator[tuple[frozenset[str], str]]:
    """What 联合组 is short for, where a sentence names one group that combines: "A+B组对比化疗组……，联合组对比化疗组……"."""
    named = [one for one in tokens if one.kind == GROUP and one.text.endswith("组")]
    combined = {name_words(one.text): one for one in named if "+" in one.text or one.text.find("联 合") > 0}
    if len(combined) == 1 and any(one.text == "联 合 组" for one in named):
        (full,) = combined.values()
        yield name_words("联合组"), text[full.start : full.end]


_COMBINED_WORDS = frozenset({"combination"})


def combinations(tokens: Sequence[Token], text: str) -> Iterator[tuple[frozenset[str], str]]:
    """The names of a sentence that say of several drugs that they are given together: "letrozole plus ribociclib"."""
    for token in tokens:
        if token.kind == GROUP and token.text.isascii() and _TOGETHER.search(token.text) is not None:
            yield name_words(token.text), text[token.start : token.end]


_TOGETHER = re.compile(r"[a-z]{3}(?: and | with | plus | ?\+ ?|/ ?)[a-z]{3}")


def is_the_combination(name: str) -> bool:
    """Whether a group is only called the combination: "the combination arm", "combination therapy"."""
    return name_words(name.casefold()) == _COMBINED_WORDS


_TREATED_GROUPS = frozenset({"试 验 组", "研 究 组", "治 疗 组"})
_CONTROL = re.compile(r"安慰[剂劑]|placebo|[对對]照", re.IGNORECASE)


def treated_name(tokens: Sequence[Token], compared: Sequence[str]) -> Iterator[tuple[frozenset[str], str]]:
    """What 试验组 stands for, where the text compares a treatment with a placebo and calls neither so."""
    others = [name for name in compared if _CONTROL.search(name) is None]
    called = next((one.text for one in tokens if one.kind == GROUP and one.text in _TREATED_GROUPS), None)
    if called is not None and len(compared) == _PAIR and len(others) == 1 and not others[0].endswith(("组", "組")):
        yield name_words(called), others[0]


def written(group: Token, text: str) -> str:
    """The name of a group as its text has it; of "arms A and B" the first is "A"."""
    is_first_of_list = group.rule == "group_by_letter" and group.parts[0].text.endswith("s")
    return text[group.parts[-1].start if is_first_of_list else group.start : group.end]


_RANDOM = frozenset({"randomly", "randomized", "randomised", "random", "assigned", "随", "randomization", "allocated"})


def compared_arms(sentences: Iterable[Sequence[Token]]) -> frozenset[str]:
    """Words of the names of the groups that a document compares.

    These are the groups that are told with their size, beside "versus", or where patients are assigned at random.
    """
    words: set[str] = set()
    names: set[str] = set()
    for tokens in sentences:
        places = [place for place, token in enumerate(tokens) if token.kind == GROUP]
        if not places:
            continue
        is_compared = len(places) > 1 and any(token.kind == "VS" or token.text in _RANDOM for token in tokens)
        is_compared |= any(place and tokens[place - 1].text in _MORE_THAN for place in places[1:])
        is_compared |= _are_joined(tokens, places)
        is_compared |= _are_told_in_turn(tokens, places)
        for place in places:
            token = tokens[place]
            if is_compared or _is_called_group(token) or _is_told(tokens, place, is_alone=len(places) == 1):
                words |= name_words(token.text)
                names.add(token.text)
            if _is_against_none(tokens, place) or is_addition(token):
                words |= name_words(token.text)
                names |= {token.text, ""}
    return frozenset(words) if len(names) > 1 else frozenset()


def _are_joined(tokens: Sequence[Token], places: Sequence[int]) -> bool:
    """Whether two groups are named together, of which each has a value: "A和B的5年DFS率均达到90%", "A与B的中位PFS分别为……"."""
    is_pair = len(places) == _PAIR and places[1] - places[0] == _PAIR and tokens[places[0] + 1].kind == "AND"
    following = tokens[places[-1] :] if is_pair else ()
    return any((one.kind == "RESP" and not one.text.isascii()) or one.text == "均" for one in following)


_MORE_THAN = frozenset({"高 于", "低 于"})
_TO_VALUE = frozenset({"W", "OUTCOME", "MEDIAN", "RATE", "TIMEV", "IS", "EVENT", "LPAR", "RPAR", "GROUP"})
_MOST_TO_VALUE = 8


def _are_told_in_turn(tokens: Sequence[Token], places: Sequence[int]) -> bool:
    """Whether two groups or more have a value each, in Chinese words: "A联合B的缓解率为41%，对照组仅为22%"."""
    told = 0
    for place in places:
        after = tokens[place + 1 : place + 1 + _MOST_TO_VALUE]
        value = next((at for at, one in enumerate(after) if one.kind in ("PCT", "COUNTX") or (at and one.kind == "TIMEV")), None)
        said = after[: value or 0]
        is_own = any(one.kind == "IS" for one in said) and _TO_VALUE.issuperset(one.kind for one in said)
        told += is_own and not any(one.text.isascii() and one.kind in ("IS", "W", "GROUP") for one in said)
    return told > 1


def _is_called_group(token: Token) -> bool:
    """Whether the name itself says that it is one: "the placebo arm", "arm B"."""
    is_lettered = token.rule.startswith(("group_by_letter", "group_listed", _COMBINATION)) or token.text.endswith("组")
    return (bool(token.parts) and token.parts[-1].kind == "GROUPW") or is_lettered


def _is_told(tokens: Sequence[Token], place: int, *, is_alone: bool) -> bool:
    """Whether a size or a value stands right after a group: "letrozole (n = 40)", or beside another "letrozole 40, anastrozole 41"."""
    after = [one.kind for one in tokens[place + 1 : place + 3]]
    if after == ["LPAR", "NEQ"]:
        return True
    has_value = (after[:1] == ["NUM"] and not _is_sequence(tokens)) or (after[:1] in (["IS"], ["COLON"]) and after[-1] in VALUES)
    return has_value and not is_alone


def _is_sequence(tokens: Sequence[Token]) -> bool:
    """Whether one drug comes after another in the same patients: "letrozole for 2 years, followed by tamoxifen"."""
    return any(one.text == "followed by" for one in tokens)


def is_addition(group: Token) -> bool:
    """Whether the name says what was added to what the others had too: "氟维司群基础上联合瑞波西利"."""
    return "基 础 上" in group.text


def _is_against_none(tokens: Sequence[Token], place: int) -> bool:
    """Whether a group is compared with those who did not get it: "radiotherapy (n = 40) or not", "surgery and those who did not"."""
    texts = [one.text for one in tokens[place + 1 : place + 8] if one.kind not in ("LPAR", "RPAR", "NEQ", "PTS", "GROUPW")]
    return texts[:2] == ["or", "not"] or (texts[:1] == ["and"] and {"who", "did", "not"}.issubset(texts[:5]))


def lead_of(tokens: Sequence[Token], arms: frozenset[str]) -> Token | None:
    """The group that a sentence begins with, and goes on about: "In the combination arm, ..."."""
    first = [one for one in tokens[:5] if one.kind not in ("THE", "W", "PTS")]
    is_lead = len(first) > 1 and first[0].kind == "IN" and first[1].kind == GROUP and not arms.isdisjoint(name_words(first[1].text))
    # "Reasons for not starting letrozole were" tells nothing of a group.
    return first[1] if is_lead and all(one.text != "not" for one in tokens[:5]) else None


def is_told_first(tokens: Sequence[Token], lead: Token) -> bool:
    """Whether a sentence sets its group before all that it says: "In arm A, ..."; not "patients in arm A were offered surgery"."""
    following = next((one.kind for one, before in zip(tokens[1:], tokens, strict=False) if before is lead), "")
    begins = next((one.kind for one in tokens if one.kind != "W"), "")
    return begins == "IN" and following in ("COMMA", "LPAR")


def is_of_all(tokens: Sequence[Token]) -> bool:
    """Whether a sentence speaks of all that were treated: "in the entire cohort"."""
    return any(left.text in _WHOLE and right.kind in OF_ALL for left, right in pairwise(tokens))


OF_ALL = frozenset({"GROUPW", "POPULATION"})
"""What "entire" and "whole" are said of."""
_WHOLE = frozenset({"entire", "whole", "overall", "total", "full"})


def groups_in(tokens: Sequence[Token], arms: frozenset[str]) -> list[Token]:
    """The distinct groups of a sentence that the document compares, in their order."""
    found: dict[frozenset[str], Token] = {}
    for token in tokens:
        if token.kind == GROUP and not (words := name_words(token.text)).isdisjoint(arms):
            found.setdefault(words, token)
    return list(found.values())


def against_last(tokens: Sequence[Token], pair: Sequence[Token]) -> list[Token]:
    """A pair of groups, that which the other is held against last: "与对照组相比，试验组...", "compared with placebo, axitinib ..."."""
    places = {token: place for place, token in enumerate(tokens)}
    return sorted(pair, key=lambda one: _is_held_against(tokens, places.get(one, -1))) if len(pair) == _PAIR else list(pair)


_PAIR = 2
_WITH = frozenset({"与", "和", "同", "跟"})


def _is_held_against(tokens: Sequence[Token], place: int) -> bool:
    if place < 1:
        return False
    before = tokens[place - 1] if tokens[place - 1].kind != "THE" else tokens[max(0, place - 2)]
    after = tokens[place + 1].kind if place + 1 < len(tokens) else ""
    return before.kind in ("VS", "THAN") or before.text in _MORE_THAN or (before.text in _WITH and after == "VS")


_SIZED = (GROUP, "LPAR", "NEQ")


def are_namesakes(tokens: Sequence[Token]) -> bool:
    """Whether two groups of a sentence have the same name here: "tailored FEC (n = 52) or standard FEC (n = 53)"."""
    sized = [
        name_words(left.text)
        for left, right, last in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if (left.kind, right.kind, last.kind) == _SIZED
    ]
    return len(sized) > len(set(sized))


def is_comparison(tokens: Sequence[Token]) -> bool:
    """Whether a sentence sets its groups against each other, or tells who is in them; not "chemotherapy with or without docetaxel"."""
    if any(left.kind == "OR" and right.text == "without" for left, right in pairwise(tokens)):
        return False
    if _is_one_treatment(tokens):
        return False
    is_sized = any(left.kind == GROUP and right.kind == "NUM" for left, right in pairwise(tokens)) and not _is_sequence(tokens)
    return is_sized or any(one.kind in ("VS", "THAN", "NEQ", "RESP", "EST") or one.text in _RANDOM for one in tokens)


def _is_one_treatment(tokens: Sequence[Token]) -> bool:
    """Whether the groups are drugs of one, each with its dose: "letrozole 2.5 mg daily plus ribociclib 600 mg (n = 40)"."""
    places = [place for place, token in enumerate(tokens) if token.kind == GROUP]
    between = {token.kind for token in tokens[places[0] : places[-1]]} if len(places) == _PAIR else set()
    return bool(between & {"WITH", "PLUS"}) and between.isdisjoint(("VS", "THAN", "OR", "AND", "COMMA", "NEQ", "SEMI", "COLON"))
