"""Splitting the outcomes of one record, each written as one string, into measure, description and time frame.

Belongs here: the features of a split, the weights' file format and the search for the best split. Does not belong here:
fitting the weights (`outcome_split_train`), finding the cells in a CSV row or a label-less text (their readers).

A ClinicalTrials.gov CSV export joins the non-empty ones of measure, description and time frame by ", " and the outcomes
of one role by "|", neither escaped: "Eczema Area and Severity Index, EASI, Week 1, Week 2" has ten readings. Two
log-linear models choose:

1. each outcome alone. An outcome is a row of pieces between its ", "; a reading says how many pieces are measure, how
   many description, the rest being time frame. Its score is a sum of weights: of the words in each part, of what stands
   around its two borders, of the parts' lengths, of how many other outcomes of the record end (or begin) alike.
2. each outcome again in the light of the others. Every other outcome's likely readings vote on habits: is there a
   description, how does it begin, which is the time frame. On unseen trials this takes away a quarter of the errors.

Weights lie in `data/outcome_split.tsv.gz`; its header says from what they were fitted and how often they are right.
"""

import gzip
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

WEIGHTS_FILE = Path(__file__).parent / "data" / "outcome_split.tsv.gz"

# Registry parts never begin or end with white space, so a comma beside more than one space joins nothing.
_BORDER = re.compile(r"(?<=\S), (?=\S)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# A backslash is the registry's markdown escape ("\>Grade 1"): not a word, and legacy XML lacks it.
_WORD = re.compile(r"[^\W\d_]+|[^\w\s\\]")
_SENTENCE_BREAK = re.compile(r"[.;:]\s+[A-Z(\d]|\n")

# The registry's own limits: 254 characters in a measure and a time frame, 999 in a description. Escapes lengthen the
# raw text, so going over is a feature with a weight and not a ban.
_SHORT_LIMIT = 254
_LONG_LIMIT = 1010
# Borders tried at each end of an outcome. In 21,693 real outcomes no measure or time frame had more pieces.
MAX_BORDERS = 64
# What the second model looks at: at most 12 readings, none e^8 times less likely than the best. Of 17,238 unseen
# outcomes 7 had the true one outside.
_READINGS_KEPT = 12
_SCORE_MARGIN = 8.0
_LEAST_VOTE = 0.02


class OutcomeSpan(NamedTuple):
    """Where the parts of one outcome stand in their cell: offsets, end exclusive; None where a part is missing."""

    measure: tuple[int, int]
    description: tuple[int, int] | None
    time_frame: tuple[int, int] | None


class Reading(NamedTuple):
    """One way to read an outcome.

    Pieces [0, measure_end) are measure, [measure_end, time_start) description, the rest time frame.
    """

    measure_end: int
    time_start: int


class _Table(dict[str, float]):
    """Feature name to weight; a feature without a weight weighs nothing."""

    def __missing__(self, key: str) -> float:
        return 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the two models; `habits["alone"]` is the weight that the second gives to the first one's score."""

    alone: _Table
    habits: _Table
    about: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Outcome:
    """One outcome's text cut at every ", ". Lists run over the pieces, those named `..._before` have one element more.

    `folded` is the text in lower case with numbers as "#"; `folded_starts` and `folded_ends` are offsets in it.
    """

    starts: list[int]
    ends: list[int]
    pieces: list[str]
    words: list[list[str]]
    folded: str
    folded_starts: list[int]
    folded_ends: list[int]
    cases: list[str]
    words_before: list[int]
    brackets_before: list[int]
    breaks_before: list[int]

    @property
    def n(self) -> int:
        """Number of pieces."""
        return len(self.pieces)


@dataclass(slots=True)
class BorderFeatures:
    """Feature names by border; border k stands before piece k. Words of the parts are left out: see `word_features`."""

    measure: dict[int, list[str]]
    description: dict[int, list[str]]
    time_frame: dict[int, list[str]]


def split_outcome_cells(cells: Sequence[str]) -> list[list[OutcomeSpan]]:
    """Split the outcome cells of one record (one per role: primary, secondary, other; "" where there is none).

    Returns one list per cell with one span triple per non-blank "|"-separated item, offsets into that cell. All cells
    are read together because outcomes of one record resemble each other. White space around an item is in no part.
    """
    items = [(number, start, end) for number, cell in enumerate(cells) for start, end in _items(cell)]
    texts = [cells[number][start:end] for number, start, end in items]
    result: list[list[OutcomeSpan]] = [[] for _ in cells]
    outcomes = [read_outcome(text) for text in texts]
    chosen = choose_readings(outcomes, _shipped_weights())
    for (number, start, _), outcome, reading in zip(items, outcomes, chosen, strict=True):
        result[number].append(_span(outcome, reading, start))
    return result


def _items(cell: str) -> Iterator[tuple[int, int]]:
    """Offsets of the non-blank "|"-separated items of a cell, without the white space around them."""
    start = 0
    for item in cell.split("|"):
        bare = item.strip()
        if bare:
            lead = len(item) - len(item.lstrip())
            yield start + lead, start + lead + len(bare)
        start += len(item) + 1


def _span(outcome: Outcome, reading: Reading, offset: int) -> OutcomeSpan:
    a, b = reading
    starts, ends = outcome.starts, outcome.ends
    return OutcomeSpan(
        measure=(offset, offset + ends[a - 1]),
        description=(offset + starts[a], offset + ends[b - 1]) if a < b else None,
        time_frame=(offset + starts[b], offset + ends[-1]) if b < outcome.n else None,
    )


# --- what an outcome looks like


def read_outcome(text: str) -> Outcome:
    """Cut one outcome (not empty, no white space around it) into pieces and count what the features ask for."""
    starts, ends = _cut(text)
    pieces = [text[i:j] for i, j in zip(starts, ends, strict=True)]
    # Neither lower case nor "#" for a number makes or unmakes a ", ", so the pieces stay the same in number.
    folded = _NUMBER.sub("#", text.lower())
    folded_starts, folded_ends = _cut(folded)
    words = [_WORD.findall(folded, i, j) or ["~"] for i, j in zip(folded_starts, folded_ends, strict=True)]
    return Outcome(
        starts=starts,
        ends=ends,
        pieces=pieces,
        words=words,
        folded=folded,
        folded_starts=folded_starts,
        folded_ends=folded_ends,
        cases=[_case(piece) for piece in pieces],
        words_before=list(accumulate(map(len, words), initial=0)),
        brackets_before=list(accumulate((_open_brackets(piece) for piece in pieces), initial=0)),
        breaks_before=list(accumulate((_SENTENCE_BREAK.search(piece) is not None for piece in pieces), initial=0)),
    )


def _cut(text: str) -> tuple[list[int], list[int]]:
    borders = [found.start() for found in _BORDER.finditer(text)]
    return [0, *(at + 2 for at in borders)], [*borders, len(text)]


def _case(piece: str) -> str:
    """How a piece begins: acronym "A", upper "U", lower "L", digit "D", other "P"."""
    first = piece[0]
    if first.isupper():
        return "A" if piece[1:2].isupper() else "U"
    if first.islower():
        return "L"
    return "D" if first.isdigit() else "P"


def _open_brackets(piece: str) -> int:
    return piece.count("(") + piece.count("[") - piece.count(")") - piece.count("]")


def _size(count: int) -> float:
    """A count on a scale that is exact below 8 and has two steps per doubling above."""
    if count < 8:
        return count
    bits = count.bit_length()
    return 4 + bits + (count >> (bits - 2) & 1) / 2


def _sign(balance: int) -> int:
    return max(-1, min(1, balance))


def _mark(piece: str) -> str:
    """The punctuation that a piece ends with, or "w"."""
    return "w" if piece[-1].isalnum() else piece[-1]


def _sharing(count: int, others: int) -> str:
    """How many of the other outcomes share something: none, one or more, and which share of them."""
    if others == 0:
        return "-"
    if count == 0:
        return "none"
    share = count / others
    return ("one" if count == 1 else "more") + ("<1/3" if share < 1 / 3 else "<2/3" if share < 2 / 3 else ">2/3")


# --- features of the first model


def word_features(part: str, words: Iterable[str]) -> list[str]:
    """Feature names of words in a part ("measure" or "time_frame"); the description's are the zero of the scale."""
    prefix = part + ".word="
    return [prefix + word for word in words]


def border_features(outcomes: Sequence[Outcome]) -> list[BorderFeatures]:
    """Feature names of every border of every outcome of one record."""
    beginnings = Counter(text for outcome in outcomes for text in {outcome.folded[:end] for end in outcome.folded_ends[:MAX_BORDERS]})
    endings = Counter(
        text for outcome in outcomes for text in {outcome.folded[start:] for start in outcome.folded_starts[-MAX_BORDERS - 1 :]}
    )
    return [_border_features(outcome, beginnings, endings, len(outcomes) - 1) for outcome in outcomes]


def _border_features(outcome: Outcome, beginnings: Counter[str], endings: Counter[str], others: int) -> BorderFeatures:
    n = outcome.n
    # How many other outcomes end with the text from this piece on. Only the last borders can be asked for.
    same_end = {k: endings[outcome.folded[outcome.folded_starts[k] :]] - 1 for k in range(max(0, n - MAX_BORDERS - 1), n)}
    measure: dict[int, list[str]] = {}
    description: dict[int, list[str]] = {}
    seen: set[str] = set()
    for k in range(1, min(n, MAX_BORDERS) + 1):
        seen.update(outcome.words[k - 1])
        same_beginning = beginnings[outcome.folded[: outcome.folded_ends[k - 1]]] - 1
        measure[k] = _measure_features(outcome, k, _sharing(same_beginning, others))
        if k < n:
            measure[k].append("measure.rest_shared=" + _sharing(same_end.get(k, 0), others))
            description[k] = _description_features(outcome, k, seen)
    longest_shared = next((k for k, count in same_end.items() if count > 0), n)
    capitals_after = 0
    time_frame: dict[int, list[str]] = {}
    for k in range(n - 1, max(0, n - 1 - MAX_BORDERS), -1):
        names = _time_frame_features(outcome, k, capitals_after)
        sharing = _sharing(same_end[k], others)
        names += (
            "time_frame.shared=" + sharing,
            f"time_frame.shared_more_than_longer={same_end[k] > same_end[k - 1]}_{sharing}",
            "time_frame.longest_shared=" + ("is" if k == longest_shared else "within" if k > longest_shared else "beyond"),
        )
        time_frame[k] = names
        capitals_after += outcome.cases[k] in "UA"
    return BorderFeatures(measure, description, time_frame)


def _measure_features(outcome: Outcome, k: int, same_beginning: str) -> list[str]:
    """Features of a measure that ends before piece k."""
    before = outcome.words[k - 1]
    last = before[-1]
    length = _size(outcome.words_before[k])
    names = [
        "measure",
        "measure.last=" + last,
        f"measure.last2={before[-2] if len(before) > 1 else '^'} {last}",
        f"measure.length={length}",
        f"measure.pieces={min(k, 6)}",
        f"measure.brackets={_sign(outcome.brackets_before[k])}",
        f"measure.has_break={outcome.breaks_before[k] > 0}",
        "measure.shared=" + same_beginning,
    ]
    if outcome.ends[k - 1] > _SHORT_LIMIT:
        names.append("measure.over_limit")
    if k == outcome.n:
        names.append(f"measure.length_alone={length}")
        return names
    after = outcome.words[k]
    case = outcome.cases[k]
    capital = case in "UA"
    and_later = k + 1 < outcome.n and outcome.words[k + 1][0] in ("and", "or")
    first_capital = capital and not any(other in "UA" for other in outcome.cases[1:k])
    names += (
        f"measure.next_case={case}_{min(k, 3)}",
        f"measure.last_next_case={last} {case}",
        f"measure.last_next={last} {after[0]}",
        f"measure.in_list={after[0] in ('and', 'or')}_{and_later}",
        f"measure.next_capital={capital}_first={first_capital}",
        f"measure.lengths_around={_size(len(before))}_{min(len(after), 6)}",
    )
    return names


def _description_features(outcome: Outcome, k: int, measure_words: set[str]) -> list[str]:
    """Features of a description that begins with piece k, given the words before it."""
    piece, words, case = outcome.pieces[k], outcome.words[k], outcome.cases[k]
    first = words[0]
    second = words[1] if len(words) > 1 else ","
    third = words[2] if len(words) > 2 else ","
    length = len(words)
    repeated = sum(word in measure_words for word in words[:6] if len(word) > 3)
    return [
        "description.first=" + first,
        f"description.first2={first} {second}",
        f"description.first3={first} {second} {third}",
        "description.case=" + case,
        f"description.case_after={case}_{_mark(outcome.pieces[k - 1])}",
        f"description.first_repeats={first == outcome.words[0][0]}_{first in measure_words}",
        f"description.repeats={repeated}",
        f"description.piece_length={min(length, 10)}",
        f"description.piece_length_case={_size(length)}_{case}",
        f"description.piece_break={outcome.breaks_before[k + 1] - outcome.breaks_before[k]}_{piece[-1] == '.'}",
        f"description.measure_length_case={_size(outcome.words_before[k])}_{case}",
    ]


def _time_frame_features(outcome: Outcome, k: int, capitals_after: int) -> list[str]:
    """Features of a time frame that begins with piece k; `capitals_after` later pieces begin with a capital."""
    n = outcome.n
    words, before, case = outcome.words[k], outcome.words[k - 1], outcome.cases[k]
    first = words[0]
    second = words[1] if len(words) > 1 else ","
    third = words[2] if len(words) > 2 else outcome.words[k + 1][0] if k + 1 < n else "$"
    last = before[-1]
    mark = _mark(outcome.pieces[k - 1])
    count = outcome.words_before[n] - outcome.words_before[k]
    length = _size(count)
    names = [
        "time_frame",
        "time_frame.first=" + first,
        f"time_frame.first2={first} {second}",
        f"time_frame.first3={first} {second} {third}",
        "time_frame.case=" + case,
        f"time_frame.case_after={case}_{mark}",
        "time_frame.before=" + last,
        f"time_frame.before2={before[-2] if len(before) > 1 else '^'} {last}",
        f"time_frame.before_first={last} {first}",
        f"time_frame.length={length}",
        f"time_frame.length_case={length}_{case}",
        f"time_frame.pieces={min(n - k, 8)}",
        f"time_frame.brackets={_sign(outcome.brackets_before[n] - outcome.brackets_before[k])}",
        f"time_frame.brackets_before={_sign(outcome.brackets_before[k])}",
        f"time_frame.breaks={min(outcome.breaks_before[n] - outcome.breaks_before[k], 2)}",
        f"time_frame.stop={outcome.pieces[-1][-1] == '.'}_before={mark == '.'}",
        f"time_frame.capitals_after={min(2, capitals_after)}_{case in 'UA'}",
        f"time_frame.piece_before={before[0]}_{min(len(before), 4)}",
        f"time_frame.and={first in ('and', 'or')}",
        f"time_frame.lengths_around={min(len(before), 6)}_{min(len(words), 6)}",
    ]
    if len(before) <= 4:
        names.append("time_frame.after=" + " ".join(before))
    if count <= 8:
        names.append("time_frame.is=" + ", ".join(" ".join(piece) for piece in outcome.words[k:]))
    if outcome.ends[-1] - outcome.starts[k] > _SHORT_LIMIT:
        names.append("time_frame.over_limit")
    return names


def readings(outcome: Outcome) -> list[Reading]:
    """Every reading considered: a measure ends at one of the first borders, a time frame begins at one of the last."""
    n = outcome.n
    found = [Reading(a, b) for a in range(1, min(n - 1, MAX_BORDERS) + 1) for b in range(max(a, n - MAX_BORDERS), n + 1)]
    if n <= MAX_BORDERS:
        found.append(Reading(n, n))
    return found


def _shape(outcome: Outcome, reading: Reading) -> str:
    """Which parts a reading has: "M", "MD", "MT" or "MDT"."""
    a, b = reading
    return "M" + "D" * (a < b) + "T" * (b < outcome.n)


def reading_features(outcome: Outcome, reading: Reading) -> list[str]:
    """Features of a whole reading that no single border shows: its shape and the description's length."""
    a, b = reading
    shape = _shape(outcome, reading)
    names = ["shape=" + shape, f"shape.pieces={shape}_{min(outcome.n, 10)}"]
    if shape == "MT":
        names += (
            "no_description.next=" + outcome.words[a][0],
            "no_description.last=" + outcome.words[a - 1][-1],
            f"no_description.measure_length={_size(outcome.words_before[a])}",
            "no_description.next_case=" + outcome.cases[a],
        )
    elif shape != "M":
        count = outcome.words_before[b] - outcome.words_before[a]
        length = _size(count)
        case = outcome.cases[a]
        breaks = min(1, outcome.breaks_before[b] - outcome.breaks_before[a])
        names += (
            f"description.length={length}",
            f"description.length_case={length}_{case}",
            f"description.length_measure={min(5, count // 4)}_{min(5, outcome.words_before[a] // 4)}",
            f"description.pieces={min(b - a, 8)}",
            f"description.brackets={_sign(outcome.brackets_before[b] - outcome.brackets_before[a])}",
            f"description.sentences={case}_{outcome.pieces[b - 1][-1] == '.'}_{breaks}",
        )
        if outcome.ends[b - 1] - outcome.starts[a] > _LONG_LIMIT:
            names.append("description.over_limit")
        if count <= 3:
            names.append("description.is=" + " ".join(word for piece in outcome.words[a:b] for word in piece))
    return names


# --- features of the second model


def habits(outcome: Outcome, reading: Reading) -> list[str]:
    """What a reading says about its author's habits, as "habit=value"; other outcomes of the record agree or do not."""
    a, b = reading
    words, pieces, n = outcome.words, outcome.pieces, outcome.n
    names = [
        "shape=" + _shape(outcome, reading),
        "measure_mark=" + _mark(pieces[a - 1]),
        "measure_last=" + words[a - 1][-1],
        "measure_last2=" + " ".join(words[a - 1][-2:]),
        f"measure_pieces={min(a, 4)}",
    ]
    if a < b:
        names += (
            "description_case=" + outcome.cases[a],
            "description_first=" + words[a][0],
            "description_first2=" + " ".join(words[a][:2]),
            "description_mark=" + _mark(pieces[b - 1]),
            "description_is=" + outcome.folded[outcome.folded_starts[a] : outcome.folded_ends[b - 1]],
            f"description_length={_size(outcome.words_before[b] - outcome.words_before[a])}",
        )
    if b < n:
        names += (
            "time_frame_case=" + outcome.cases[b],
            "time_frame_first=" + words[b][0],
            "time_frame_first2=" + " ".join(words[b][:2]),
            f"time_frame_pieces={min(n - b, 8)}",
            "time_frame_is=" + outcome.folded[outcome.folded_starts[b] :],
        )
    return names


def habit_features(names: Iterable[str], votes: dict[str, float], own_votes: dict[str, float], others: int) -> list[str]:
    """Features of a reading with these habits: for each, the share (in eighths) of the `others` that have it too.

    `votes` sums over all outcomes of the record, `own_votes` is this outcome's part in it.
    """
    features: list[str] = []
    for name in names:
        share = (votes.get(name, 0.0) - own_votes.get(name, 0.0)) / others
        # The 1e-9 takes back what adding up in another order may lose.
        eighths = int(8 * share + 1e-9) if share < 1 else 7
        habit = name if name.startswith("shape=") else name[: name.index("=")]
        features.append(f"{habit}:{eighths}/8")
    return features


class Candidate(NamedTuple):
    """A reading that the second model weighs: the first model's score, and the habits that it implies."""

    reading: Reading
    score: float
    habits: list[str]


class Candidates(NamedTuple):
    """The likely readings of one outcome, best first, and how each habit would be voted for by it alone."""

    candidates: list[Candidate]
    votes: dict[str, float]


def likely(outcome: Outcome, scored: Sequence[tuple[Reading, float]]) -> Candidates:
    """The best readings under the first model's scores (log weights, not normalised), and the outcome's votes."""
    best = sorted(scored, key=lambda pair: -pair[1])
    top = best[0][1]
    total = math.fsum(math.exp(score - top) for _, score in best)
    candidates = [
        Candidate(reading, score, habits(outcome, reading)) for reading, score in best[:_READINGS_KEPT] if score > top - _SCORE_MARGIN
    ]
    votes: dict[str, float] = {}
    for candidate in candidates:
        probability = math.exp(candidate.score - top) / total
        if probability < _LEAST_VOTE:
            break
        for name in candidate.habits:
            votes[name] = votes.get(name, 0.0) + probability
    return Candidates(candidates, votes)


def add_votes(record: Sequence[Candidates]) -> dict[str, float]:
    """The votes of all outcomes of one record together."""
    total: dict[str, float] = {}
    for outcome in record:
        for name, share in outcome.votes.items():
            total[name] = total.get(name, 0.0) + share
    return total


# --- choosing


def choose_readings(outcomes: Sequence[Outcome], weights: Weights) -> list[Reading]:
    """The best reading of each outcome of one record."""
    record = [
        likely(outcome, _score_alone(outcome, borders, weights.alone))
        for outcome, borders in zip(outcomes, border_features(outcomes), strict=True)
    ]
    others = len(record) - 1
    if others < 1:
        return [outcome.candidates[0].reading for outcome in record]
    votes = add_votes(record)
    weight_alone = weights.habits["alone"]
    weigh = weights.habits.__getitem__
    chosen: list[Reading] = []
    for candidates, own_votes in record:
        # max keeps the first of equals: the one that the first model prefers.
        chosen.append(
            max(
                candidates,
                key=lambda c, own=own_votes: weight_alone * c.score + sum(map(weigh, habit_features(c.habits, votes, own, others))),
            ).reading
        )
    return chosen


def _score_alone(outcome: Outcome, borders: BorderFeatures, table: _Table) -> list[tuple[Reading, float]]:
    """Every reading with the first model's score."""
    if outcome.n == 1:
        return [(Reading(1, 1), 0.0)]
    weigh = table.__getitem__
    n = outcome.n
    measure: dict[int, float] = {}
    words = 0.0
    for k, names in borders.measure.items():
        words += sum(map(weigh, word_features("measure", part_words(outcome, k - 1, joined=k > 1))))
        measure[k] = words + sum(map(weigh, names))
    description = {k: sum(map(weigh, names)) for k, names in borders.description.items()}
    time_frame = {n: 0.0}
    words = 0.0
    for k, names in borders.time_frame.items():
        words += sum(map(weigh, word_features("time_frame", part_words(outcome, k, joined=k < n - 1))))
        time_frame[k] = words + sum(map(weigh, names))
    scored: list[tuple[Reading, float]] = []
    for reading in readings(outcome):
        a, b = reading
        score = measure[a] + time_frame[b] + sum(map(weigh, reading_features(outcome, reading)))
        if a < b:
            score += description[a]
        scored.append((reading, score))
    return scored


def part_words(outcome: Outcome, piece: int, *, joined: bool) -> list[str]:
    """The words that a piece brings to the part it stands in, with a comma where it is joined to a piece before it."""
    return [*outcome.words[piece], ","] if joined else outcome.words[piece]


# --- the weights' file


def read_weights(file: Path) -> Weights:
    """Read weights. Raises ValueError, naming the line, for a row that is not "model, feature, weight"."""
    about: dict[str, str] = {}
    tables = {"alone": _Table(), "habits": _Table()}
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith("# "):
                key, _, value = line[2:].rstrip("\n").partition(": ")
                about[key] = value
                continue
            try:
                model, feature, weight = line.rstrip("\n").split("\t")
                tables[model][feature] = float(weight)
            except (ValueError, KeyError) as error:
                raise ValueError(f"{file}, line {number}: not a row of model, feature and weight: {line[:80]!r}") from error
    return Weights(tables["alone"], tables["habits"], about)


def write_weights(file: Path, weights: Weights) -> None:
    """Write weights: "# key: value" lines, then model, feature, weight, heaviest first. Same weights, same bytes."""
    lines = [f"# {key}: {value}" for key, value in weights.about.items()]
    for model, table in (("alone", weights.alone), ("habits", weights.habits)):
        lines += (f"{model}\t{name}\t{weight:.3f}" for name, weight in sorted(table.items(), key=lambda row: (-abs(row[1]), row[0])))
    with file.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode())


def make_weights(alone: dict[str, float], habits: dict[str, float], about: dict[str, str] | None = None) -> Weights:
    """Weights from plain dictionaries of feature name to weight."""
    return Weights(_Table(alone), _Table(habits), about or {})


@cache
def _shipped_weights() -> Weights:
    return read_weights(WEIGHTS_FILE)
