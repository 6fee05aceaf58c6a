"""Rebuilds `data/drugs.tsv.gz` from the package `drug-named-entity-recognition`: `python -m pipelines.vocab.build_drugs`.

Here belongs what of that package is kept and how its names are merged. Names and corrections of our own belong in
`data/drugs_overlay.tsv` and `data/drugs_not.tsv`, which `pipelines.vocab.drugs` reads beside it. The package (MIT; it
unites DrugBank's open vocabulary (CC0), MeSH, MedlinePlus and Wikipedia's drug boxes) is needed only here. Nothing is
fetched from the network, and the same version of the package gives the same bytes.
"""

import gzip
import io
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from pipelines.vocab.drugs import DRUGS_PATH, name_key, name_words, shorter_names

_PACKAGE = "drug-named-entity-recognition"
# MeSH descriptors that are not substances one gives: D27 actions and uses ("Anti-Bacterial Agents"), D08 enzymes,
# D12.776 proteins (receptors and antigens, by the thousand), D23 biological factors, D13 nucleic acids, D26 preparations ("Tablets").
_NO_DRUG_TREES = ("D27", "D08", "D12.776", "D23", "D13", "D26")
_LONGEST_NAME_CHARS = 80
# Shorter abbreviations of substances that no patient leaflet knows ("CAPS", "DHAP") are words or regimens in a record.
_SHORTEST_RARE_KEY = 5
_SHORTEST_KEY = 3
_MARKUP = frozenset("{}[]|")
# FDA's four letters after the name of a biological: "fremanezumab-vfrm". They name a maker, not a substance.
_FDA_SUFFIX = re.compile(r"(?<=[a-z]{5})-[a-z]{4}$")

_JOINTS = re.compile(r",?\s+and\s+|,\s+|/")

_LICENCE = """
MIT License, Copyright (c) 2023 Fast Data Science Ltd (https://fastdatascience.com), maintainer Thomas Wood

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and
this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


@dataclass
class _Entry:
    ids: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


def _ids(facts: Mapping[str, object]) -> dict[str, str]:
    # The package's MeSH ids are those of the drug's class: "amlodipine" has "Vasodilator Agents", and so have 133 of the 134 drugs
    # that registry records name with their own MeSH id.
    names = {"drugbank": "drugbank_id", "medline_plus": "medline_plus_id"}
    return {ours: str(facts[theirs]) for ours, theirs in names.items() if facts.get(theirs)}


def _is_substance(name: str, facts: Mapping[str, object]) -> bool:
    """Whether the package's entry is something given to a patient. False for receptors, classes, template remains."""
    if "{" in name or ":" in name:
        return False
    if any(facts.get(source) for source in ("drugbank_id", "medline_plus_id", "nhs_url", "wikipedia_url")):
        return True
    trees = facts.get("mesh_tree")
    if not isinstance(trees, list):
        return True
    # MeSH names its groups in the plural: "Phthalazines", "Nitrobenzoates".
    return not name.endswith("s") and not any(str(tree).startswith(_NO_DRUG_TREES) for tree in trees)


def _merged_name(name: str, canonical_by_name: Mapping[str, str]) -> str:
    """The package's own entry for the same substance without salt, form or maker: "imatinib mesylate" -> "imatinib"."""
    bare = _FDA_SUFFIX.sub("", name)
    for shorter in (bare, *shorter_names(bare)):
        known = canonical_by_name.get(shorter)
        if known is not None and known != name:
            return known
    # MeSH turns its names round: "natriuretic peptide, brain".
    head, comma, tail = bare.partition(", ")
    return f"{tail} {head}" if comma and ", " not in tail and " and " not in tail else bare


def _components(name: str, canonical_by_name: Mapping[str, str], merged: Mapping[str, str]) -> tuple[str, ...]:
    """The drugs of "emtricitabine and tenofovir" or "lidocaine/prilocaine" from a to z; empty where a part is unknown."""
    parts = [part for part in _JOINTS.split(name) if part]
    known = [canonical_by_name.get(part) for part in parts]
    if len(parts) < 2 or None in known:
        return ()
    found = sorted({merged.get(part, part) for part in known if part})
    return tuple(found) if len(found) > 1 else ()


def build(variants: Mapping[str, list[str]], facts_by_name: Mapping[str, Mapping[str, object]], *, header: str) -> bytes:
    """The bytes of `drugs.tsv.gz`: `header`, then name, two ids, components and names in words (the last two joined by "|").

    `variants` maps a lower-case name to the package's canonical names (always one); `facts_by_name` a canonical name to
    what the package knows of it. A key that two substances claim is left to the one whose own name it is, or else to nobody.
    """
    names = {name: name for name, facts in facts_by_name.items() if _is_substance(name, facts)}
    canonical_by_name = {variant: found[0] for variant, found in variants.items() if found[0] in names} | names
    merged = {name: _merged_name(name, canonical_by_name) for name in names}
    components = {name: _components(name, canonical_by_name, merged) for name in names}
    final = {name: "/".join(components[name]) or merged.get(target, target).strip() for name, target in merged.items()}

    entries: dict[str, _Entry] = {}
    combined = {"/".join(parts): parts for parts in components.values() if parts}
    for name in sorted(names):
        entry = entries.setdefault(final[name], _Entry())
        own = _ids(facts_by_name[name])
        # The ids of the base come before those of its salts.
        entry.ids = (entry.ids | own) if name == final[name] else (own | entry.ids)
    claims: dict[str, set[str]] = {}
    words_by_key: dict[str, set[str]] = {}
    for variant, name in canonical_by_name.items():
        is_own_name = variant == name
        facts = facts_by_name[name]
        is_common = bool(facts.get("medline_plus_id") or facts.get("nhs_url"))
        key = name_key(variant)
        is_unmatchable = ", " in variant or len(variant) > _LONGEST_NAME_CHARS or not _MARKUP.isdisjoint(variant)
        is_risky = len(key) < _SHORTEST_RARE_KEY and not is_common
        if len(key) < _SHORTEST_KEY or (not is_own_name and (is_unmatchable or is_risky)):
            continue
        claims.setdefault(key, set()).add(final[name])
        words_by_key.setdefault(key, set()).add(name_words(variant))
    for key, claimants in claims.items():
        owners = {name for name in claimants if name_key(name) == key} or claimants
        if len(owners) == 1:
            entries[owners.pop()].names |= words_by_key[key]

    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as file:
        file.write(header.encode())
        for name, entry in sorted(entries.items()):
            if entry.names:
                ids = (entry.ids.get(source, "") for source in ("drugbank", "medline_plus"))
                parts = "|".join(combined.get(name, ()))
                file.write(("\t".join((name, *ids, parts, "|".join(sorted(entry.names)))) + "\n").encode())
    return out.getvalue()


def main(path: Path = DRUGS_PATH) -> int:
    """Writes the file; raises ModuleNotFoundError where the package is not installed."""
    finder = import_module("drug_named_entity_recognition.drugs_finder")
    comments = (
        f"Drug names and their ids, from the Python package {_PACKAGE} {version(_PACKAGE)},",
        "which unites DrugBank's open vocabulary (CC0), MeSH, MedlinePlus and Wikipedia.",
        "Made by `python -m pipelines.vocab.build_drugs`: do not edit; corrections go into drugs_overlay.tsv.",
        "Columns: name, DrugBank id, MedlinePlus id, components, names (as pipelines.vocab.drugs.name_words",
        "spells them); the last two are joined by |. The package's licence:",
        *_LICENCE.splitlines(),
    )
    header = "".join(f"# {comment}".rstrip() + "\n" for comment in comments)
    path.write_bytes(build(finder.drug_variant_to_canonical, finder.drug_canonical_to_data, header=header))
    return 0


if __name__ == "__main__":
    sys.exit(main())
