"""The corpus of the de-duplication benchmark is what it says it is, and its scorer counts what it says it counts."""

import itertools
import re
import unicodedata
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from benchmarks.duplicates import __main__ as command
from benchmarks.duplicates import corpus, peer_process, peers, score, truth
from benchmarks.duplicates import grammar as words
from benchmarks.duplicates.corpus import COPIES, LOOKALIKES, Kind
from benchmarks.refresh import Cost
from pipelines.text.registry_ids import find_ids

N_DOCUMENTS = 400
TOKEN = re.compile("[\u3400-\u9fff]|[^\\W_\u3400-\u9fff]+")
Documents = dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def plan() -> corpus.Plan:
    return corpus.make_plan(N_DOCUMENTS, seed=3)


@pytest.fixture(scope="module")
def documents(plan) -> Documents:
    return {row["document_id"]: row for row in (corpus.make_document(plan, i) for i in range(N_DOCUMENTS))}


def of_kind(documents: Documents, *kinds: Kind) -> list[dict]:
    found = [row for row in documents.values() if row["kind"] in kinds]
    assert found
    return found


def tokens(text: str) -> list[str]:
    return TOKEN.findall(unicodedata.normalize("NFKC", text).lower())


def jaccard(a: str, b: str, k: int = 3) -> float:
    sets = [{tuple(found[i : i + k]) for i in range(max(1, len(found) - k + 1))} for found in (tokens(a), tokens(b))]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


# --- the corpus --------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_corpus(plan, documents) -> None:
    """Also for a document that is made alone, out of order."""
    again = corpus.make_plan(N_DOCUMENTS, seed=3)
    for i in (N_DOCUMENTS - 1, 0, 17):
        assert corpus.make_document(again, i) == documents[corpus.document_id(i)]


def test_every_kind_has_its_share(documents) -> None:
    """Kinds, languages and layouts stand as often as is stated."""
    counted = pl.DataFrame(list(documents.values()), schema_overrides={"form": pl.String, "lookalike_of": pl.String})
    for kind, share in corpus.SHARES.items():
        assert len(of_kind(documents, kind)) == pytest.approx(share * N_DOCUMENTS, abs=1)
    assert 0.1 < (counted["language"] == "zh").mean() < 0.3
    assert 0.4 < counted["flattened"].mean() < 0.6


def test_a_tiny_corpus_is_refused() -> None:
    """Copies need something to be made from."""
    with pytest.raises(ValueError, match="none to make copies from"):
        corpus.make_plan(0, seed=1)


def test_eight_tokens_in_a_hundred_are_numbers(documents) -> None:
    """In articles of either language."""
    for language in ("en", "zh"):
        found = [token for row in of_kind(documents, Kind.INDEPENDENT) if row["language"] == language for token in tokens(str(row["text"]))]
        assert 0.06 < sum(token[0].isdigit() for token in found) / len(found) < 0.1


def test_articles_are_of_the_size_of_articles(documents) -> None:
    """One to twenty kilobytes, give or take a sentence."""
    sizes = sorted(len(str(row["text"]).encode()) for row in of_kind(documents, Kind.INDEPENDENT))
    assert sizes[0] > 700
    assert sizes[-1] < 23_000
    assert 3_000 < sum(sizes) / len(sizes) < 7_000


def test_unrelated_articles_overlap_a_little(documents) -> None:
    """Stock phrases are common to them, whole passages are not."""
    for language in ("en", "zh"):
        texts = [str(row["text"]) for row in of_kind(documents, Kind.INDEPENDENT) if row["language"] == language][:12]
        found = [jaccard(a, b) for a, b in itertools.combinations(texts, 2)]
        assert 0.001 < sum(found) / len(found) < 0.03
        assert max(found) < 0.1


def test_a_disguised_copy_is_its_source_after_normalisation(documents) -> None:
    """Line ends, byte order mark, decomposition, width, script and trailing blanks are all that differs."""
    from opencc import OpenCC

    simplified = OpenCC("t2s")
    for row in of_kind(documents, Kind.DISGUISED):
        text = unicodedata.normalize("NFKC", str(row["text"]).removeprefix("\ufeff"))
        # One character at a time, as no words are to be taken for others.
        text = "".join(map(simplified.convert, text)) if row["form"] == "traditional" else text
        source = unicodedata.normalize("NFKC", str(documents[str(row["source_id"])]["text"]))
        assert row["text"] != documents[str(row["source_id"])]["text"] or row["form"] == "nfd"
        assert re.sub(r"\s+", " ", text).strip() == re.sub(r"\s+", " ", source).strip(), row["form"]


def test_an_exact_copy_is_the_same_bytes(documents) -> None:
    """Layout included."""
    for row in of_kind(documents, Kind.EXACT):
        assert row["text"] == documents[str(row["source_id"])]["text"]


def test_copies_resemble_their_source_and_say_so(documents) -> None:
    """A copy shares most of its shingles, or holds those of its source."""
    for row in of_kind(documents, Kind.EDITED, Kind.MOVED, Kind.SECTION, Kind.CONTAINED):
        source = documents[str(row["source_id"])]
        assert source["kind"] == Kind.INDEPENDENT
        assert source["language"] == row["language"]
        mine, theirs = set(tokens(str(row["text"]))), set(tokens(str(source["text"])))
        assert len(mine & theirs) > 0.8 * min(len(mine), len(theirs))
        assert row["text"] != source["text"]


def test_edits_are_as_many_as_stated(documents) -> None:
    """Each edit of a word breaks three shingles of three, less where edits meet."""
    for row in of_kind(documents, Kind.EDITED):
        share = float(str(row["edit_share"]))
        assert 0 < share < 0.11
        if row["language"] == "en":
            assert 1 - 7 * share - 0.02 < jaccard(str(row["text"]), str(documents[str(row["source_id"])]["text"])) < 1 - 2 * share + 0.02


def test_numbers_are_edited_too(documents) -> None:
    """Edits fall on any word; a number gives way to a number."""
    edited = [row for row in of_kind(documents, Kind.EDITED) if float(str(row["edit_share"])) > 0.05]
    digits = [[re.findall(r"\d+", str(text)) for text in (row["text"], documents[str(row["source_id"])]["text"])] for row in edited]
    assert sum(mine != theirs for mine, theirs in digits) > 0.5 * len(edited)


def test_a_copy_keeps_the_registry_number_of_its_source(plan, documents) -> None:
    """Without it nobody could say which of two texts that differ in nothing else it is a copy of."""
    for row in of_kind(documents, Kind.EDITED, Kind.SECTION, Kind.CONTAINED):
        source = int(str(row["source_id"])[1:])
        _, names = corpus._article(plan, source)
        assert (names["TRIAL"] in str(row["text"])) == plan.is_registered[source]


def test_lookalikes_are_articles_of_their_own(documents) -> None:
    """They name what they resemble, and no copy is made of it in their name."""
    for row in of_kind(documents, *LOOKALIKES):
        assert row["source_id"] == row["document_id"]
        assert documents[str(row["lookalike_of"])]["kind"] == Kind.INDEPENDENT
    for row in of_kind(documents, *(set(Kind) - LOOKALIKES)):
        assert row["lookalike_of"] is None


def test_only_numbers_differ_where_only_numbers_should(documents) -> None:
    """The words of a text with other numbers are those of the text that it resembles."""
    for row in of_kind(documents, Kind.NUMBERS):
        texts = [str(row["text"]), str(documents[str(row["lookalike_of"])]["text"])]
        number = re.compile(r"P[=<]\d[\d.]*\d|\d[\d.–]*%?")
        bare = [re.sub(r"\s+", "", number.sub("", text)) for text in texts]
        assert bare[0] == bare[1]
        mine, theirs = (number.findall(text) for text in texts)
        # Digits in names stay as they are, so the share among all digits is lower than the one stated.
        assert sum(a != b for a, b in zip(mine, theirs, strict=True)) >= 0.4 * float(str(row["edit_share"])) * len(mine)


def test_only_the_registry_id_differs_where_only_that_should(documents) -> None:
    """One word, wherever it stands."""
    for row in of_kind(documents, Kind.REGISTRY_ID):
        mine, theirs = (re.findall(r"\w+(?:-\w+)*", str(text)) for text in (row["text"], documents[str(row["lookalike_of"])]["text"]))
        if row["language"] == "en":
            changed = {(a, b) for a, b in zip(mine, theirs, strict=True) if a != b}
            assert len(changed) == 1


def test_siblings_have_other_names_everywhere(plan, documents) -> None:
    """Six to twelve names are replaced, and none of the replaced ones is left."""
    for row in of_kind(documents, Kind.SIBLING):
        position = int(str(row["document_id"])[1:])
        _, names = corpus._article(plan, int(plan.sources[position]))
        gone = [
            name for name in names.values() if name in str(documents[str(row["lookalike_of"])]["text"]) and name not in str(row["text"])
        ]
        assert 4 <= len(gone) <= 12
        assert names["DRUG"] in gone


def test_stretches_cover_the_text_and_repeats_repeat(documents) -> None:
    """Stretches follow one another with at most a separator between, and uses of a block within a document hold the same words."""
    for row in of_kind(documents, Kind.BOILERPLATE, Kind.DISCLAIMERS, Kind.TWICE, Kind.THIRD):
        blocks, text = row["blocks"], str(row["text"])
        assert isinstance(blocks, list)
        assert blocks[0]["start_char"] == 0
        assert blocks[-1]["end_char"] == len(text)
        assert all(0 <= b["start_char"] - a["end_char"] <= 1 for a, b in itertools.pairwise(blocks))
        assert ("\n" in text) != row["flattened"] or len(blocks) == 1
        uses = {b["label"]: text[b["start_char"] : b["end_char"]] for b in blocks if b["block_kind"] == "within"}
        assert not uses or uses["first"] == uses["repeat"]


def test_a_block_is_first_once_and_in_the_first_document_that_has_it(documents) -> None:
    """`first` follows the order of document ids."""
    seen: set[str] = set()
    for _, row in sorted(documents.items()):
        for stretch in row["blocks"] or []:
            if stretch["block"]:
                assert stretch["label"] == ("repeat" if stretch["block"] in seen else "first")
                seen.add(stretch["block"])


def test_a_pair_of_copies_has_two_disclaimers(documents) -> None:
    """The articles are the same, the blocks are not."""
    for row in of_kind(documents, Kind.DISCLAIMERS):
        source = documents[str(row["source_id"])]
        if row is not source:
            mine, theirs = ({b["block"] for b in one["blocks"] if b["block"]} for one in (row, source))
            assert not mine & theirs


def test_worded_blocks_have_no_slot_left() -> None:
    """Names, addresses and years are filled in, in both languages."""
    slots = {"ORG", "URL", "MAIL", "PHONE", "STREET", "YEAR", "CODE", "PERSON"}
    for block in corpus._block_pool(3):
        text = "\n".join(block.paragraphs)
        assert not slots & set(re.findall("[A-Z]+", text))
        assert "{" not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_registry_numbers_are_such_as_registers_give(language: str) -> None:
    """The project's own reading of ids, which asks for range and check digits, finds every one of them."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        number = words.draw_names(words.grammar(language, 3), rng)["TRIAL"]
        assert [found.id for found in find_ids(f"Registered as {number}.")] == [number]


def test_chinese_puts_blanks_between_latin_words_only() -> None:
    """A number and a name that meet would become one."""
    assert words.joined(["患者", "NCT01234567", "Velotinib", "治疗", "12", "例"], "zh") == "患者NCT01234567 Velotinib治疗12例"


def test_a_corpus_is_written_in_shards_that_follow_one_another(tmp_path: Path, documents) -> None:
    """The files hold the documents in order, in the declared columns."""
    files = corpus.write_corpus(tmp_path / "corpus", N_DOCUMENTS, seed=3, shard_rows=150)
    assert len(files) == 3
    found = pl.read_parquet(files)
    assert found.columns == corpus.SCHEMA.names
    assert found["document_id"].to_list() == list(documents)
    assert found["text"].to_list() == [row["text"] for row in documents.values()]


# --- exact pairs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threshold", "k"), [(0.6, 3), (0.8, 5), (0.3, 2)])
def test_the_exact_join_finds_what_comparing_all_pairs_finds(documents, threshold: float, k: int) -> None:
    """No pair more, none less, with the same similarity."""
    some = {name: str(row["text"]) for name, row in itertools.islice(documents.items(), 120)}
    some |= {"empty": "", "blank": " \n", "short": "a b", "short again": "A. b!"}
    table = pa.table({"document_id": list(some), "text": list(some.values())})
    found = truth.exact_pairs([table.slice(0, 50), table.slice(50)], threshold=threshold, k=k)
    sets = {}
    for name, text in some.items():
        of_text = tokens(text)
        sets[name] = {tuple(of_text[i : i + k]) for i in range(len(of_text) - k + 1)} or {tuple(of_text)} - {()}
    wanted = {}
    for a, b in itertools.combinations(some, 2):
        shared = len(sets[a] & sets[b])
        if shared and shared / (len(sets[a] | sets[b])) >= threshold:
            wanted[a, b] = shared / len(sets[a] | sets[b])
    assert wanted
    assert {(a, b): j for a, b, j in found.iter_rows()} == pytest.approx(wanted)


def test_the_exact_join_refuses_a_threshold_of_nothing() -> None:
    """Every pair has a similarity of 0 or more."""
    with pytest.raises(ValueError, match="not between"):
        truth.exact_pairs([], threshold=0)


# --- the scorer --------------------------------------------------------------------------------------------------------


def truth_rows(*rows: tuple[str, str, str, str, float]) -> pl.DataFrame:
    """(document, kind, source, language, edit share) → a truth table of texts of 100 characters without blocks."""
    known = pl.DataFrame(rows, schema=["document_id", "kind", "source_id", "language", "edit_share"], orient="row")
    nothing = pl.lit(None, pl.String)
    blocks = pl.lit(None, pl.List(pl.Struct({"block": pl.String})))
    return known.with_columns(form=nothing, lookalike_of=nothing, flattened=pl.lit(value=False), blocks=blocks, n_chars=pl.lit(100))


def decided(**canonical: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"document_id": list(canonical), "canonical_id": list(canonical.values())},
        schema={"document_id": pl.String, "canonical_id": pl.String},
    )


SMALL = truth_rows(
    ("a", "independent", "a", "en", 0.0),
    ("b", "edited", "a", "en", 0.02),
    ("c", "edited", "a", "en", 0.07),
    ("d", "independent", "d", "zh", 0.0),
    ("e", "exact", "d", "zh", 0.0),
    ("f", "numbers", "f", "en", 0.5),
)


def test_right_decisions_have_full_marks() -> None:
    """One document stays of each article."""
    found = score.score_duplicates(SMALL, decided(a="a", b="a", c="a", d="d", e="d", f="f"))
    for part in ("all", "en", "zh"):
        assert (found[part]["precision"], found[part]["recall"]) == (1, 1)
    assert found["kept"]["articles_lost"] == 0
    assert found["kept"]["surplus_gone"] == 1
    assert all(row["wrong"] == 0 for row in found["merged_wrongly"])


def test_pairs_are_those_of_the_closure() -> None:
    """When b goes to c and c goes to a, b and a are the same."""
    found = score.score_duplicates(SMALL, decided(b="c", c="a"))
    assert found["all"]["pairs_found"] == 3
    assert found["en"]["recall"] == 1
    assert found["zh"]["recall"] == 0
    assert [(row["band"], row["linked"]) for row in found["edit_bands"] if row["copies"]] == [("1–2.5%", 1), ("5–10%", 1)]


def test_a_lookalike_that_is_merged_counts_against_its_kind_only() -> None:
    """The article that it was added to did nothing wrong; what it replaced is lost."""
    found = score.score_duplicates(SMALL, decided(f="a"))
    wrong = {row["kind"]: row["share"] for row in found["merged_wrongly"]}
    assert wrong == {"numbers": 1.0, "independent": 0.0}
    assert found["all"]["precision"] == 0
    assert found["all"]["precision_else"] is None
    assert found["kept"]["articles_lost"] == 1


def test_two_articles_that_are_merged_count_against_both() -> None:
    """Also across languages."""
    found = score.score_duplicates(SMALL, decided(d="a", e="a"))
    wrong = {row["kind"]: row["share"] for row in found["merged_wrongly"]}
    assert wrong["independent"] == 1
    assert found["kept"]["articles_lost"] == 1


def test_a_method_without_partners_is_judged_by_what_stays() -> None:
    """NULL says that there is another one, and not which."""
    found = score.score_duplicates(SMALL, decided(b=None, c=None, e=None))
    assert not found["names_partners"]
    assert found["all"]["pairs_found"] == 0
    assert found["kept"]["surplus_gone"] == 1


def test_an_unknown_document_is_an_error() -> None:
    """A decision on nothing would be counted nowhere."""
    with pytest.raises(ValueError, match="no document 'z'"):
        score.score_duplicates(SMALL, decided(z="a"))


def test_exact_pairs_are_judged_by_what_they_join() -> None:
    """Copies apart from texts that are as similar and no copies."""
    exact = pl.DataFrame({"document_a": ["a", "a", "d"], "document_b": ["b", "f", "e"], "jaccard": [0.9, 0.9, 1.0]})
    found = score.against_exact(SMALL, decided(b="a", c="a"), exact)
    assert found["recall_copies"] == {"en": 1.0, "zh": 0.0}
    assert found["others_merged"] == 0
    # a–b is in the closure of the exact pairs, a–c and b–c are not.
    assert found["precision_closure"] == pytest.approx(1 / 3)


def stretch(start: int, end: int, block: str | None = None, label: str = "own") -> dict:
    return {"start_char": start, "end_char": end, "label": label, "block": block, "block_kind": "within" if block else None}


def blocks_of(*rows: tuple[str, int, int]) -> pl.DataFrame:
    """Blocks that are said to be kept at the start of document a."""
    return pl.DataFrame(
        [(name, start, end, "a", 0, end - start) for name, start, end in rows],
        schema=["document_id", "start_char", "end_char", "kept_document_id", "kept_start_char", "kept_end_char"],
        orient="row",
    )


def test_of_a_block_any_one_use_may_stay() -> None:
    """Cutting the first of two uses is as good as cutting the second; cutting both loses it."""
    known = truth_rows(("a", "third", "a", "en", 0.5)).with_columns(
        blocks=pl.Series([[stretch(0, 40, "x", "first"), stretch(40, 60), stretch(60, 100, "x", "repeat")]])
    )
    for cuts in ([("a", 0, 40)], [("a", 60, 100)]):
        within, own = sorted(score.score_blocks(known, decided(), blocks_of(*cuts)), key=lambda row: row["block_kind"] is None)
        assert (within["repeated"], within["found"], within["lost"]) == (40, 40, 0)
        assert (own["own"], own["own_cut"]) == (20, 0)
    within, own = sorted(
        score.score_blocks(known, decided(), blocks_of(("a", 0, 45), ("a", 60, 100))), key=lambda row: row["block_kind"] is None
    )
    assert (within["found"], within["lost"], own["own_cut"]) == (40, 40, 5)


def test_a_document_that_is_gone_repeats_nothing() -> None:
    """Its uses of a block need not be cut."""
    known = truth_rows(("a", "boilerplate", "a", "en", 0.5), ("b", "boilerplate", "b", "en", 0.5)).with_columns(
        blocks=pl.Series([[stretch(0, 100, "x", "first")], [stretch(0, 100, "x", "repeat")]])
    )
    assert score.score_blocks(known, decided(), blocks_of())[0]["repeated"] == 100
    assert score.score_blocks(known, decided(b="a"), blocks_of())[0]["repeated"] == 0


def test_overlapping_cuts_count_once() -> None:
    """Two rows on the same characters are one cut."""
    cuts = score.cut_intervals(blocks_of(("a", 10, 30), ("a", 20, 40), ("b", 5, 6)))
    assert cuts == {"a": [(10, 40)], "b": [(5, 6)]}


def test_a_cut_that_says_where_its_words_are_must_be_right(tmp_path: Path) -> None:
    """Other words, a kept document that is gone and a kept place that is cut are each counted."""
    path = tmp_path / "corpus.parquet"
    pl.DataFrame({"document_id": ["a", "b"], "text": ["Same words here.", "same  WORDS here. Other"]}).write_parquet(path)
    right = blocks_of(("b", 0, 17)).with_columns(kept_end_char=pl.lit(16))
    assert score.check_places([path], decided(), right) == {"blocks": 1, "other_words": 0, "kept_document_gone": 0, "kept_place_cut": 0}
    wrong = blocks_of(("b", 0, 15), ("a", 0, 16))
    found = score.check_places([path], decided(a="b"), wrong)
    assert found == {"blocks": 2, "other_words": 1, "kept_document_gone": 2, "kept_place_cut": 2}


def test_every_kind_is_either_a_copy_or_an_article_of_its_own() -> None:
    """A kind that is neither would be counted nowhere."""
    assert not COPIES & LOOKALIKES
    assert set(score.OWN_ARTICLES) | COPIES == set(Kind)
    assert set(corpus.MEANING) == set(Kind)


# --- the command -------------------------------------------------------------------------------------------------------


def test_every_peer_can_be_called_and_installed() -> None:
    """Its call exists, and its package is among those of its environment."""
    for method in peers.METHODS:
        assert method.method in peer_process.METHODS
        assert any(wanted.startswith(method.package) for wanted in peers.requirements(method.environment)), method.name


def test_peers_are_given_the_tokens_of_the_exact_join() -> None:
    """Both are written out, as they run in different environments."""
    text = "Ｄｏｓｅ 12.5 mg（n=3）治疗后 naïve_cells 复发"
    assert peer_process.tokens(text) == ["dose", "12", "5", "mg", "n", "3", "治", "疗", "后", "naïve", "cells", "复", "发"]
    assert len(truth.shingles([text], k=1).values) == 13


def test_clusters_have_their_smallest_id_as_canonical() -> None:
    """Whatever the order in which they were joined."""
    found = peer_process.Clusters()
    for a, b in (("d", "c"), ("b", "d"), ("x", "y")):
        found.join(a, b)
    assert dict(found.decisions("abcdxy")) == {"a": "a", "b": "b", "c": "b", "d": "b", "x": "x", "y": "x"}


def test_material_is_made_once_and_the_report_shows_every_method(tmp_path: Path) -> None:
    """A second call takes corpus and exact pairs from the cache; a method that failed is named as failed."""
    material = command.make_material(tmp_path, 60, 3)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    command.make_material(tmp_path, 60, 3)
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    ids = pl.scan_parquet(list(material.texts.rglob("*.parquet"))).select("document_id").collect()
    assert sorted(ids["document_id"]) == [corpus.document_id(i) for i in range(60)]
    output = tmp_path / "perfect"
    output.mkdir()
    score.read_truth(material.files).select("document_id", canonical_id="source_id").write_parquet(output / "decisions.parquet")
    results = [
        command.judged(material, "perfect", "knows the truth", Cost(1.0, 2.0, 3.0), output),
        {"name": "broken", "meaning": "", "failed": "…"},
    ]
    page = command.report(material, results)
    assert re.search(r"\| perfect \| 2\.0 \| [\d.]+ \| 3 \| 1\.0000 \| 1\.0000 \|", page)
    assert "| broken | failed |" in page
