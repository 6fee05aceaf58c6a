"""Boilerplate: what says nothing of a trial, and where it stands."""

from pathlib import Path
from typing import get_args
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup import boilerplate
from pipelines.dedup.boilerplate import Kind, boilerplate_spans, says_nothing
from pipelines.vocab.data_files import read_rows

DATA = Path(boilerplate.__file__).parent / "data" / "boilerplate.tsv"

RESULT = "Median progression-free survival was 9.1 months with the combination and 6.4 months with placebo."
BACKGROUND = "Small-cell lung cancer spreads early, and most patients relapse within a year."
RESULT_ZH = "联合组中位无进展生存期为9.1个月，安慰剂组为6.4个月。"
BACKGROUND_ZH = "小细胞肺癌进展迅速，患者预后不佳。"

DISCLAIMER = (
    "Disclaimer: Example Oncology Daily wants more people to know about new therapies. The content of this page is for information "
    "exchange only and is no substitute for professional medical advice, diagnosis or treatment. The views expressed are not necessarily "
    "those of the publisher, who accepts no responsibility for errors or omissions."
)
DISCLAIMER_ZH = (
    "免责声明：本文仅供医疗卫生专业人士参考，不代表本平台立场，不能取代专业的医疗指导，也不应被视为诊疗建议。"
    "如涉及版权问题，请与我们联系，我们将及时删除。"
)
REFERENCES = (
    "1. Writer AB, Scribe C, et al. A randomised phase 3 trial of one drug against another. J Made Up Oncol. 2021;39(4):310-319. "
    "2. Penman D, Quill EF. Overall survival with a third drug. Ann Invented Med 2019;12:44-51. "
    "3. Inkwell G, et al. Toxicity of a fourth [J]. Fict Ther. 2020;5(2):9-17."
)

BOILERPLATE: list[tuple[Kind, str]] = [
    ("disclaimer", DISCLAIMER),
    ("disclaimer", DISCLAIMER_ZH),
    (
        "disclaimer",
        "免責聲明：本網頁資料只供一般參考之用，並不構成醫療意見，亦不能取代醫師診斷。"
        "本會對因此引致的任何損失概不負責。版權所有，不得轉載。",
    ),
    (
        "copyright",
        "© 2024 Example Press Ltd. All rights reserved. No part of this article may be reproduced in any form without prior written "
        "permission. Example and its logo are registered trademarks. For reprints, contact the rights department.",
    ),
    (
        "copyright",
        "版权声明：本文为原创文章，版权归本公众号所有，未经授权禁止转载。如需转载请联系后台获得书面授权，"
        "并注明出处，违者必究。图片来自网络，如有侵权请联系删除。",
    ),
    (
        "navigation",
        "We use cookies to personalise content and to analyse our traffic. By clicking Accept all you agree to our privacy policy. You can "
        "change your preferences at any time. To continue reading, please log in or create a free account. "
        "Already have an account? Sign in.",
    ),
    (
        "invitation",
        "扫描下方二维码关注我们的微信公众号，回复关键词领取更多资料。点击下方“阅读原文”查看完整内容，"
        "欢迎点赞、在看并分享到朋友圈，加小助手微信进群交流。",
    ),
    (
        "contact",
        "Media contact: Jane Roe, +1 (555) 010-0199, press@example.com. Investor contact: John Roe, Investor Relations, ir@example.com. "
        "For more information, please visit www.example.com or contact us by e-mail.",
    ),
    (
        "credits",
        ""
        "作者：张三 来源：某某健康网 责任编辑：李四 审校：王五 排版：小赵 "
        "发布时间：2024-03-05 10:20 审批编号：CN-123456 有效期至：2025-12-31",
    ),
    (
        "about",
        "About Example Bio\nExample Bio is a clinical-stage biopharmaceutical company dedicated to "
        "developing new medicines. Headquartered in "
        "Springfield, the company is publicly traded on Nasdaq and operates in more than 20 countries.",
    ),
    (
        "disclosure",
        "Disclosures: Dr. Roe reports honoraria and consulting fees from Example Bio and serves on its "
        "advisory board. Dr. Poe is an employee "
        "of Example Bio and holds stock options. The other authors declare no conflicts of interest.",
    ),
    (
        "forward_looking",
        "This press release contains forward-looking statements within the meaning of the Private Securities "
        "Litigation Reform Act of 1995. "
        "Actual results may differ materially because of risks and uncertainties, among them that clinical trials may be delayed and that "
        "early results may not be predictive. We undertake no obligation to update these statements except as required by law.",
    ),
    (
        "forward_looking",
        "本新闻稿包含前瞻性声明，涉及诸多风险和不确定因素，实际结果可能与前瞻性声明存在重大差异。"
        "除非法律要求，公司并无责任更新任何前瞻性声明。",
    ),
    ("references", REFERENCES),
    (
        "references",
        "参考文献\n[1] 张三, 李四, 王五, 等. 某药治疗某瘤的随机对照研究[J]. 虚构肿瘤杂志, 2020, 42(3): 201-208.\n"
        "[2] 赵六, 钱七, 等. 另一种药物的安全性[J]. 虚构医学, 2019, 8(1): 11-19.",
    ),
]


@pytest.mark.parametrize(("kind", "text"), BOILERPLATE)
def test_boilerplate_says_nothing_and_its_kind_is_told(kind: Kind, text: str) -> None:
    """Own words for what stands around articles, with line breaks and flattened to one line."""
    assert says_nothing(text) == kind
    assert says_nothing(" ".join(text.split("\n"))) == kind


@pytest.mark.parametrize(("kind", "text"), BOILERPLATE)
@pytest.mark.parametrize("content", [RESULT, BACKGROUND, RESULT_ZH, BACKGROUND_ZH])
def test_one_sentence_of_content_makes_the_whole_stretch_say_something(kind: Kind, text: str, content: str) -> None:
    """A result or the background of a disease before or after boilerplate of any kind."""
    assert says_nothing(f"{content} {text}") is None, kind
    assert says_nothing(f"{text} {content}") is None, kind


@pytest.mark.parametrize(
    "text",
    [
        "Patients were randomised 1:1 to drug A 80 mg once daily or placebo. The primary endpoint was overall survival.",
        "Example Bio (Nasdaq: EXB), a clinical-stage biopharmaceutical company headquartered in Springfield, today announced results.",
        "Women aged 40 to 65 were contacted by e-mail, received a newsletter and could download the app. Please contact us to take part.",
        "This study is registered with ClinicalTrials.gov, NCT01234568. All rights reserved.",
        "The hazard ratio was 0.71 (95% CI 0.55–0.92; p=0.008). Copyright 2020 by the publisher.",
        "The study was funded by Example Bio. The authors declare no conflict of interest.",
        "Hypertension is a common chronic condition. For more information see our website.",
        "纳入标准：年龄18至75岁，ECOG评分0至1分。排除标准：既往接受过同类药物治疗。更多信息请关注我们的公众号。",
        "总部位于某市的某公司今日宣布，某药一线治疗的III期临床试验达到主要终点。",
        "数据来源：某登记处。某病是常见的慢性疾病，多见于老年男性。",
        "1. The response rate was 40% in arm A (Writer et al. 2019). 2. It was 20% in arm B (Penman et al. 2020).",
    ],
)
def test_what_may_say_something_of_a_trial_is_never_boilerplate(text: str) -> None:
    """Results, methods, eligibility, sponsors, registration and background, also beside cues of boilerplate."""
    assert says_nothing(text) is None


def test_words_about_nothing_known_are_no_boilerplate() -> None:
    """Without any cue nothing is cut: not prose on other matters, not another language, not numbers, not an empty text."""
    german = "Die Patienten erhielten zweimal täglich eine Tablette, und nach einem Jahr ging es ihnen deutlich besser."
    for text in ("The river rose and the bridge was closed.", german, "12.3 | 8.1 | 15.2", "", " \n"):
        assert says_nothing(text) is None
        assert says_nothing(f"{text} {german} All rights reserved. {german}") is None


def test_a_stretch_may_be_cut_inside_its_first_and_last_sentences() -> None:
    """Where repeated text begins and ends is not where sentences do."""
    words = DISCLAIMER.split()
    assert says_nothing(" ".join(words[15:-2])) == "disclaimer"
    assert says_nothing("of patients. " + " ".join(words) + " The") == "disclaimer"


def test_a_cut_sentence_that_names_a_registration_says_something() -> None:
    """The one or two words that are left of it are no remnant, whatever stands before or behind them."""
    assert says_nothing(f"{DISCLAIMER} Registered at") is None
    assert says_nothing(f"registered with. {DISCLAIMER}") is None
    assert says_nothing(f"{DISCLAIMER} Written with") == "disclaimer"


def test_what_is_glued_to_a_date_is_found() -> None:
    """Flattened pages lose the blanks between a date and the notice behind it."""
    text = f"{RESULT} 12 March 2024All rights reserved."
    assert [kind for *_, kind in _spans(text)] == ["copyright"]
    assert _spans(text.replace("2024", "2024 "))[0][2] == "copyright"


def test_full_width_hides_nothing_in_a_text_without_chinese() -> None:
    """Ideographic blanks and full-width letters, as they are left when a Chinese page cites an English notice."""
    assert says_nothing("Ａｌｌ　rights　reserved．") == "copyright"
    assert says_nothing("The　dose　was　80　mg．　All　rights　reserved．") is None


def test_pinyin_notes_and_traditional_characters_hide_no_cue() -> None:
    """A machine's conversion writes "發(fā)布" and half-width punctuation."""
    noisy = (
        "本平臺(tái)發(fā)布的內(nèi)容,不能以任何方式取代專業(yè)的醫(yī)療指導(dǎo),"
        "也不應(yīng)被視為診療建議。若涉及版權(quán)問題,請權(quán)利人與我們聯(lián)系。"
    )
    assert says_nothing(noisy) in ("disclaimer", "copyright")
    text = "療效顯著。" + noisy
    assert [text[start:end] for start, end, _ in boilerplate_spans(text, [(0, len(text))])] == [
        "本平臺(tái)發(fā)布的內(nèi)容,不能以任何方式取代專業(yè)的醫(yī)療指導(dǎo),也不應(yīng)被視為診療建議。",
        "若涉及版權(quán)問題,請權(quán)利人與我們聯(lián)系。",
    ]


@pytest.mark.parametrize(
    ("content", "glue", "notice"),
    [
        (RESULT, " ", DISCLAIMER),
        (RESULT, "", DISCLAIMER),
        (RESULT.rstrip("."), " ", DISCLAIMER),
        (RESULT_ZH, "", DISCLAIMER_ZH),
        (RESULT_ZH.rstrip("。"), "", DISCLAIMER_ZH),
        (RESULT_ZH, "<br/>", DISCLAIMER_ZH),
        (RESULT, " ", DISCLAIMER_ZH),
    ],
)
def test_a_notice_glued_to_the_last_line_is_found_without_the_sentence_before_it(content: str, glue: str, notice: str) -> None:
    """With and without a blank or a full stop between them; the spans begin with the notice and end with the text."""
    text = BACKGROUND + "\n" + content + glue + notice
    spans = boilerplate_spans(text, [(0, len(BACKGROUND)), (len(BACKGROUND) + 1, len(text))])
    assert spans[0][0] == len(text) - len(notice)
    assert spans[-1][1] == len(text)


def test_spans_reach_over_lines_and_spare_the_content_between_them() -> None:
    """Credits, a result and a disclaimer, each on lines of their own."""
    lines = ["作者：张三", "来源：某某健康网", "日期：2024-03-05", RESULT_ZH, DISCLAIMER_ZH]
    text = "\n".join(lines)
    ends = [len("\n".join(lines[: i + 1])) for i in range(len(lines))]
    paragraphs = [(end - len(line), end) for line, end in zip(lines, ends, strict=True)]
    found = boilerplate_spans(text, paragraphs)
    assert found[0] == (0, ends[2], "credits")
    assert {kind for _, _, kind in found[1:]} <= {"disclaimer", "copyright"}
    assert found[1][0] == paragraphs[4][0]
    assert all(text[start:end] not in RESULT_ZH for start, end, _ in found)


def test_a_reference_list_is_a_span_and_the_paragraph_above_it_is_none() -> None:
    """Also one that lost its line breaks; a single citation is no list."""
    for separator in ("\n", " "):
        text = f"{RESULT}{separator}References{separator}{REFERENCES}"
        assert {text[start:end].startswith("1. Writer") or text[start:end].startswith("References") for start, end, _ in _spans(text)} == {
            True
        }
        assert {kind for *_, kind in _spans(text)} == {"references"}
    assert _spans(f"{RESULT} Writer AB, et al. J Made Up Oncol. 2021;39(4):310-319.") == []


def test_entries_are_not_looked_for_when_references_are_not_asked_for() -> None:
    """What else is boilerplate is found all the same."""
    text = f"{RESULT}\n{REFERENCES}\n{RESULT}\n{DISCLAIMER}"
    found = _spans(text)
    assert {kind for *_, kind in found} == {"references", "disclaimer"}
    without = boilerplate_spans(text, [(0, len(text))], references=False)
    assert without == [span for span in found if span[2] != "references"]
    assert boilerplate_spans(REFERENCES, [(0, len(REFERENCES))], references=False) == []


def test_a_list_that_names_a_registration_says_something() -> None:
    """An id in a reference list may be that of the article's own trial."""
    assert says_nothing(REFERENCES + " 4. Example Bio. https://clinicaltrials.gov/study/NCT01234568") is None


def test_boilerplate_is_looked_for_in_the_given_paragraphs_only() -> None:
    """A disclaimer outside them is not found."""
    text = f"{RESULT}\n{DISCLAIMER}"
    assert boilerplate_spans(text, [(0, len(RESULT))]) == []
    assert boilerplate_spans(text, []) == []


def test_spans_are_the_same_in_a_long_text_and_for_each_of_its_paragraphs() -> None:
    """What stands far from a notice is not read and changes nothing."""
    near = [RESULT, BACKGROUND, DISCLAIMER, "Thank you.", DISCLAIMER, RESULT_ZH, DISCLAIMER_ZH]
    far = [BACKGROUND, "Read more", RESULT] * 40
    alone, before = "\n".join(near), len("\n".join(far)) + 1
    text = "\n".join([*far, *near, *far])
    found = _spans(alone)
    assert len(found) > 1
    assert _spans(text) == [(start + before, end + before, kind) for start, end, kind in found]
    ends = [len("\n".join(near[: i + 1])) for i in range(len(near))]
    assert boilerplate_spans(alone, [(end - len(line), end) for line, end in zip(near, ends, strict=True)]) == found


def test_markup_and_addresses_hide_neither_cues_nor_content() -> None:
    """Tags, entities and links of a page as it came."""
    page = '<p style="width:100%">免责声明：本文仅供<b>医疗卫生专业人士</b>参考，不代表本平台观点。</p><td>&nbsp;</td>'
    assert says_nothing(page) == "disclaimer"
    assert says_nothing(page + "<td>剂量为80 mg</td>") is None
    link = "For more information, please visit [our website](https://example.com/a%20b?id=5 'home')."
    assert says_nothing(link) == "contact"
    assert says_nothing(link.replace("example.com", "clinicaltrials.gov")) is None


CUES = [
    "Disclaimer:",
    "All rights reserved.",
    "免责声明：",
    "来源：",
    "扫码",
    "發(fā)布",
    "et al. 2020;1:2",
    "[1]",
    "<br>",
    "&nbsp;",
    "İ",
    "80 mg",
    "\n",
    " ",
]


@given(st.lists(st.one_of(st.sampled_from(CUES), st.text(max_size=8)), max_size=30), st.data())
def test_any_text_can_be_read(parts: list[str], data: st.DataObject) -> None:
    """Spans lie in the given paragraphs, in order and apart, and hold more than blanks; nothing raises."""
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    paragraphs = list(zip(cuts[::2], cuts[1::2], strict=False))
    kind = says_nothing(text)
    assert kind is None or kind in get_args(Kind)
    last = 0
    for start, end, _ in boilerplate_spans(text, paragraphs):
        assert last <= start < end
        assert text[start:end].strip()
        assert any(low <= start < high for low, high in paragraphs)
        assert any(low < end <= high for low, high in paragraphs)
        last = end


@given(st.lists(st.one_of(st.sampled_from(CUES), st.text(max_size=8)), max_size=12))
def test_the_first_look_for_cues_misses_no_span(parts: list[str]) -> None:
    """Texts in which it finds none hold none when they are read."""
    text = "".join(parts)
    found = _spans(text)
    with patch.object(boilerplate, "holds_any", return_value=True):
        assert _spans(text) == found


def test_the_data_file_holds_each_cue_once_and_as_texts_are_compared() -> None:
    """Lower case, simplified, of half width; a weight of 1 to 3 for boilerplate and none for content."""
    seen: set[tuple[bool, str, str]] = set()
    for row in read_rows(DATA):
        is_content = row["kind"] in ("trial", "registry", "subject")
        assert is_content or row["kind"] in get_args(Kind)
        assert row["weight"] in (("",) if is_content else ("1", "2", "3"))
        for cue in row["cues"].split("|"):
            assert cue == cue.strip().lower() != ""
            assert boilerplate._read(cue).lower == cue
            assert (is_content, row["place"], cue) not in seen
            seen.add((is_content, row["place"], cue))


def _spans(text: str) -> list[tuple[int, int, Kind]]:
    return boilerplate_spans(text, [(0, len(text))])
