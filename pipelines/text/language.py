"""Which language a text is in, from its first 4,000 characters.

Here belongs the answer for a whole document, by counting scripts and frequent words. Languages of single phrases
inside a mixed document do not.
"""

import re
from collections import Counter

_SAMPLE_CHARS = 4_000
# Counting words costs more than counting characters, and half as many decide as well: 50 µs for a whole record.
_WORD_SAMPLE_CHARS = 2_000

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
# Kana and Hangul decide before Han: Japanese and Korean texts contain Han characters too.
_OTHER_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u3096\u30a1-\u30fa]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
# Taiwanese clinical notes are mostly English by letters, while an English text has a Chinese name at most: one Han
# character to eight letters makes a text Chinese.
_LETTERS_PER_HAN = 8

# Frequent characters that exist in one of the two scripts only (后, 准, 里, 干 and others that exist in both are left
# out), simplified and traditional in the same order.
_SIMPLIFIED = (
    "个们这来时会国说发对为学经过还进种动问开关无与药疗诊断临试验组剂细肿转级续维应显观给静脉术岁龄数据结论评价标总随机双单胆肠脏肾脑压检测报导状态"
    "体质变围终点满额类选择后现实长间见两从规则线节并优势联疗该热难较统计认证"
)
_TRADITIONAL = (
    "個們這來時會國說發對為學經過還進種動問開關無與藥療診斷臨試驗組劑細腫轉級續維應顯觀給靜脈術歲齡數據結論評價標總隨機雙單膽腸臟腎腦壓檢測報導狀態"
    "體質變圍終點滿額類選擇後現實長間見兩從規則線節並優勢聯療該熱難較統計認證"
)
_SHARED = set(_SIMPLIFIED) & set(_TRADITIONAL) | set("后并")
_ONLY_SIMPLIFIED = frozenset(_SIMPLIFIED) - _SHARED
_ONLY_TRADITIONAL = frozenset(_TRADITIONAL) - _SHARED

# Frequent words that stand free of punctuation. Words of one letter are left out: they are labels in tables and tags
# as often as words ("O", "<a>").
_STOP_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in with for is was were by or from that at be are on as an after this who will have not",
        "fr": "le la les des de et du en un une est dans pour par sur avec qui au aux ou ne pas ce cette sont être",
        "de": "der die das und in von den mit zu für im ist bei auf dem des eine ein einer werden oder nicht nach wird",
        "es": "el la los las de en del con por para que un una se es al como su no más son fue",
        "it": "il la lo gli le di in del della dei con per che un una da al alla nei non è sono dopo",
        "pt": "os as de em do da dos das com por para que um uma se ao no na não são foi",
        "nl": "de het een en van in met op voor te is bij die dat zijn of door aan niet naar na worden wordt",
    }.items()
}


def detect_language(text: str) -> str:
    """Name the language: `en`, `zh-Hans`, `zh-Hant`, another ISO 639-1 code, or `und` where nothing decides.

    Chinese without any character that tells the two scripts apart ("胃癌") is `zh`.
    """
    sample = text[:_SAMPLE_CHARS]
    if sample.isascii():
        return _latin_language(sample)
    n_han, n_latin = len(_HAN.findall(sample)), len(_LATIN.findall(sample))
    weights = {language: len(script.findall(sample)) for language, script in _OTHER_SCRIPTS}
    # A tenth of kana or Hangul is enough to tell Japanese or Korean from Chinese.
    for language in ("ja", "ko"):
        if weights[language] and 10 * weights[language] >= n_han:
            weights[language] += n_han
            n_han = 0
    weights["zh"] = n_han * _LETTERS_PER_HAN
    language = max(weights, key=lambda name: weights[name])
    # No script but Han outweighs Latin by less than its number: Greek letters stand in many English abstracts.
    if weights[language] < max(n_latin, 1):
        return _latin_language(sample)
    return _chinese_script(sample) if language == "zh" else language


def _chinese_script(sample: str) -> str:
    characters = Counter(sample)
    n_simplified = sum(characters[character] for character in _ONLY_SIMPLIFIED)
    n_traditional = sum(characters[character] for character in _ONLY_TRADITIONAL)
    if n_simplified == n_traditional:
        return "zh"
    return "zh-Hans" if n_simplified > n_traditional else "zh-Hant"


def _latin_language(sample: str) -> str:
    words = Counter(sample[:_WORD_SAMPLE_CHARS].lower().split())
    hits = {language: sum(words[word] for word in stop_words) for language, stop_words in _STOP_WORDS.items()}
    (best, n_best), (_, n_second) = sorted(hits.items(), key=lambda item: -item[1])[:2]
    return best if n_best > n_second else "und"
