"""What makes a figure no result: a relative risk, a limit, an age, a share of something else, how long something was given.

Here belong the questions that are asked of a figure before it is taken in; none of them changes what has been read. What else the words
around a place tell belongs to `surroundings.py`.
"""

from pipelines.grammar.lexicon import DRUG
from pipelines.grammar.report_lexicon import EVENT, OUTCOME
from pipelines.grammar.reported import SUBJECTS, UNITS, Reading
from pipelines.grammar.surroundings import achieved_by, clause_after
from pipelines.grammar.times_told import is_landmark, is_of_treatment


def is_no_result(reading: Reading, place: int) -> bool:
    """Whether a figure is none of a result: a relative risk, the level of an interval, a limit."""
    if any(token.text == "between" for token in reading.tokens[max(0, place - 3) : place]):
        # "A median survival of between 4 and 6 months" is what is known of others.
        return True
    match reading.kinds[place]:
        case "PCT":
            asked = (
                _is_change,
                _is_prolongation,
                _is_demanded,
                _is_of_stained,
                _is_of_history,
                _is_change_of_each,
                _is_change_of_score,
                _is_of_interval,
                _is_strength,
                _is_share,
                _is_share_of_patients,
                _is_limit,
                _is_of_unknown_achieved,
            )
            return any(ask(reading, place) for ask in asked) or reading.next_kind(place) == "CI"
        case "TIMEV":
            asked = (_is_age_or_limit, _is_longest, is_of_treatment, _is_adjective)
            return any(ask(reading, place) for ask in asked)
        case "NPTS":
            return _is_of_none(reading, place)
        case "COUNTX":
            return _is_limit(reading, place) or _is_in_name(reading, place)
        case _:
            return False


def _is_of_none(reading: Reading, place: int) -> bool:
    """Whether a number of patients is that of whom none is told of: "none of the remaining 21 patients relapsed"."""
    before = reading.before(place, _MOST_AFTER_NONE)
    return "NONE" in before and set(before[before.index("NONE") + 1 :]) <= {"W", "OF", "THE"}


_MOST_AFTER_NONE = 4
_CHANGES = frozenset({"improvement", "increase", "decrease", "reduction", "relative", "absolute", "censored"})


def _is_change(reading: Reading, place: int) -> bool:
    """Whether a percentage tells by how much something changed: "a 34% reduction in the risk of death", "降低了患者40%的死亡风险"."""
    is_change = any(token.kind == "W" and token.text in _CHANGES for token in reading.tokens[place + 1 : place + 3])
    if is_change or "RISKCUT" in reading.kinds[max(0, place - 3) : place + 3]:
        return True
    following = clause_after(reading, place)
    is_of_what = bool(following) and following[0].text == "的"
    is_changed = "DIFF" in reading.before(place, 1)
    if is_of_what and (is_changed or any(one.kind == "DIFF" for one in following[1:2])):
        # "减少30%的认知功能下降", "在生存期上有110%的延长".
        return True
    is_lowered = "DIFF" in reading.before(place, _MOST_TO_RISK) or is_of_what
    return is_lowered and any(one.kind == OUTCOME and one.text.endswith("险") for one in following)


def _is_demanded(reading: Reading, place: int) -> bool:
    """Whether a percentage is what should be reached: "5年生存率应达到70%"."""
    return any(one.text == "应" for one in reading.tokens[max(0, place - 2) : place])


def _is_prolongation(reading: Reading, place: int) -> bool:
    """Whether a percentage tells by how much a time became longer: "有效的化疗能延长生存时间达50%"; not "提高5年生存率，达67%"."""
    before = reading.before(place, 4)
    if before[-1:] == ["IS"]:
        before.pop()
    return before[-2:] == ["DIFF", OUTCOME] and not reading.landmarks and not reading.run.landmarks


def _is_of_stained(reading: Reading, place: int) -> bool:
    """Whether a percentage is of cells that took a stain: "以PR20%阳性为界"."""
    return [one.text for one in reading.tokens[place + 1 : place + 3]] in (["阳", "性"], ["阴", "性"])


def _is_of_history(reading: Reading, place: int) -> bool:
    """Whether a percentage is of those who had been given something before: "42%接受过化疗", "45%患者曾用他莫昔芬"."""
    following = [one.text for one in reading.tokens[place + 1 : place + 5] if one.kind != "PTS"]
    return following[:1] == ["曾"] or following[:2] == ["接 受", "过"]


_PREPARATIONS = frozenset({"topical", "gel", "gels", "cream", "creams", "ointment", "lotion", "solution", "drops", "mouthwash"})


def _is_strength(reading: Reading, place: int) -> bool:
    """Whether a percentage says how strong a preparation is: "topical diclofenac 1% for the prevention of rash"."""
    is_beside = place > 0 and reading.kinds[place - 1] in (DRUG, "GROUP")
    return is_beside and any(one.text in _PREPARATIONS for one in reading.tokens)


def _is_of_interval(reading: Reading, place: int) -> bool:
    """Whether a percentage is a limit of an interval that no rule has read: "95% confidence interval: -0.498%, 0.062%"."""
    return "CI" in reading.before(place, _MOST_TO_LIMIT)


_MOST_TO_LIMIT = 5


def _is_change_of_score(reading: Reading, place: int) -> bool:
    """Whether a percentage is by how much a score changed: "an increase in all scores (physical: 13%; total: 18%)"."""
    subject = reading.run.subjects[-1] if reading.run.subjects else None
    is_score = subject is not None and subject.outcome is not None and subject.outcome.concept == "QOL"
    return is_score and any(one.text in _CHANGES_OF_SCORE for one in reading.tokens[:place])


_CHANGES_OF_SCORE = frozenset({"increase", "decrease", "improvement", "improved", "increased", "decreased", "change", "reduction"})
_EACH_CHANGED = frozenset({"loss", "gain", "change", "per", "annually", "annualized", "annualised"})


def _is_change_of_each(reading: Reading, place: int) -> bool:
    """Whether a percentage is none of patients: "5% more events", "4.7% loss of weight", "0.02% per year", "annualized rate, 0.3%"."""
    before = [token.text for token in reading.tokens[max(0, place - 4) : place]]
    following = [token.text for token in reading.tokens[place + 1 : place + 2]]
    is_rate = not {"annualized", "annualised", "annual"}.isdisjoint(before)
    return is_rate or not _EACH_CHANGED.isdisjoint(following) or following in (["more"], ["fewer"], ["less"], ["greater"])


def _is_of_unknown_achieved(reading: Reading, place: int) -> bool:
    """Whether a percentage is of those who achieved what no vocabulary knows: "and 30% who achieved independence of transfusions"."""
    achieved = achieved_by(reading, place)
    return achieved is not None and reading.kinds[achieved : achieved + 1] != [OUTCOME]


_MOST_TO_RISK = 8


def _is_share_of_patients(reading: Reading, place: int) -> bool:
    """Whether a percentage tells of how many patients something else is said: "延长了PFS，其中45%患者未经治疗"; not "30%患者获得缓解"."""
    subjects = reading.run.subjects
    is_part = any(one.text == "其 中" for one in reading.tokens[max(0, place - 2) : place])
    is_told = place > 0 and reading.tokens[place - 1].text in ("为", "是", "仅 为", "达", "达 到")
    following = clause_after(reading, place)
    begins = reading.before(place, 2)[-1:] == ["COMMA"] or (
        reading.before(place, 2)[:1] == ["COMMA"] and reading.tokens[place - 1].text == "约"
    )
    if begins and not is_told and following and following[0].kind == "PTS" and following[0].text == "患 者":
        # "推荐基因检测，约70%患者评分为11～25分".
        return SUBJECTS.isdisjoint(one.kind for one in following)
    if is_told or (subjects and not (is_part or subjects[-1].is_time_to_event or subjects[-1].kind == "DISC")):
        return False
    following = clause_after(reading, place)
    is_of_patients = any(one.kind == "PTS" and not one.text.isascii() for one in following[:_MOST_TO_PATIENTS])
    before = [one.text for one in reading.tokens[max(0, place - _MOST_TO_SHARE) : place]]
    if "占" in before or (is_of_patients and "在" in before[-2:]):
        # "（占总人群的70%）", "在约85%的携带者中".
        return True
    return is_of_patients and SUBJECTS.isdisjoint(one.kind for one in following)


_MOST_TO_PATIENTS = 12
_MOST_TO_SHARE = 6


_EXPECTED = frozenset({"expected", "planned", "required", "anticipated"})
_BEFORE_SHARE = frozenset({"represented", "represents", "represent", "comprised", "constituted", "sensitivity", "specificity", "threshold"})


def _is_share(reading: Reading, place: int) -> bool:
    """Whether a percentage is a part of something or planned: "at 70% of the expected events", "carriers (10% of the population) had"."""
    following = {token.text for token in reading.tokens[place + 1 : place + 6]}
    before = {token.text for token in reading.tokens[max(0, place - 2) : place]}
    is_aside = not reading.run.subjects and reading.before(place, 1) == ["LPAR"] and reading.next_kind(place) == "OF"
    # "Women with the mutation (seen in 40% of patients)".
    is_aside |= reading.before(place, 3) == ["LPAR", "REPORTED", "IN"] and reading.after(place, 3) == ["OF", "PTS", "RPAR"]
    return is_aside or not _EXPECTED.isdisjoint(following) or not _BEFORE_SHARE.isdisjoint(before)


def _is_longest(reading: Reading, place: int) -> bool:
    """Whether a time is the longest or the first of all: "followed for up to 20 years", "as long as 20 years", "in the first 2 years"."""
    before = [one.text for one in reading.tokens[max(0, place - 3) : place]]
    is_up_to = place > 1 and reading.kinds[place - 1] == "TO" and before[-2:-1] == ["up"]
    return is_up_to or before == ["as", "long", "as"] or before[-1:] == ["first"]


def _is_age_or_limit(reading: Reading, place: int) -> bool:
    """Whether a time is an age or a limit: "older than 65 years", "≥ 6 months", "2年以上", "过去二十年"; not "was > 15 months"."""
    if not place:
        return False
    if reading.run.waits() and reading.run.subjects[-1].is_follow_up and "COMMA" in reading.since_subject(place):
        # "随访发现，10年后".
        return any(one.text == "后" for one in reading.tokens[place + 1 : place + 2])
    before = reading.before(place, 2)
    if before[0] == "BASELINE" and before[-1] in ("COMMA", "COLON", "IS", "OF"):
        # "Mean age, 61 years".
        return True
    if before[-1] == "THAN" and reading.tokens[place - 2].text in ("older", "younger"):
        return True
    if before[-1] == "BASELINE" or before == ["HIGHER", "THAN"]:
        return not (reading.run.subjects and reading.run.subjects[-1].is_median)
    sign = reading.tokens[place - 1].text
    is_limit = sign in ("≤", "≥", "<", "少 于", "小 于", "不 超 过") or (sign == ">" and before[0] != "IS")
    is_limit |= [one.text for one in reading.tokens[max(0, place - 2) : place]] == ["过", "去"]
    is_within = sign == "beyond" or reading.next_kind(place) == "HIGHER"
    is_within |= any(one.text in _WITHIN for one in reading.tokens[place + 1 : place + 2])
    # "Responses lasted 6 months or longer for 78%".
    is_within |= [one.text for one in reading.tokens[place + 1 : place + 3]] == ["or", "longer"]
    return is_limit or is_within or before[-1] == "GE"


def _is_adjective(reading: Reading, place: int) -> bool:
    """Whether a time only says of what length something else is: "the 6-week change", "a 12-month period"; not "the 2-year survival"."""
    return "-" in reading.tokens[place].text and reading.next_kind(place) == "W" and not is_landmark(reading, place)


_WITHIN = frozenset({"内", "之", "以"})
"""Of 内, 之内, 以内."""


def _is_limit(reading: Reading, place: int) -> bool:
    """Whether a figure is a limit: "PD-L1 >= 50%", "higher than 30%", "< or = 20%", "50% or greater"."""
    before = reading.before(place, 2)
    is_open = reading.next_kind(place) == "HIGHER" or (before[-1:] == ["THAN"] and reading.tokens[place - 2].text in _LESS)
    if before[-1:] == ["AT"]:
        # But "pain was reported by 240 (28%) of 854 patients", "higher for arm B at 35%", "alike, at 43% for arm A".
        is_reported_by = reading.kinds[place] == "COUNTX" and reading.tokens[place - 1].text == "by"
        return not is_reported_by and before[:1] not in (["GROUP"], ["COMMA"])
    return is_open or before in (["HIGHER", "THAN"], ["LESS", "IS"]) or before[-1:] in (["ABOUT"], ["LESS"], ["GE"])


_LESS = frozenset({"less", "fewer", "lower"})
_NUMBERED = frozenset({"phase", "phases", "part", "level", "class", "stage", "type"})


def _is_in_name(reading: Reading, place: int) -> bool:
    """Whether a figure continues a word or numbers it: "BRCA1/2", "phase 1/2"."""
    if not place or reading.tokens[place - 1].text in _NUMBERED or reading.kinds[place - 1] in UNITS:
        # "On day 1 of cycles 5 and 11" too.
        return place > 0
    is_joined = reading.tokens[place - 1].end == reading.tokens[place].start and reading.tokens[place - 1].text.isascii()
    return is_joined and reading.kinds[place - 1] in ("W", DRUG, OUTCOME, EVENT)
