"""Records of XML files, for the census: each element of one name, as a tree like that of JSON.

An element is an object of its children by name, those of one name a list where there are several; its attributes stand beside them with
`@`, and its text under the empty name. An element with nothing but text is that text.
"""

from collections.abc import Container, Iterator
from typing import Any, BinaryIO

from lxml import etree
from lxml.etree import _Element as Element  # pyright: ignore[reportPrivateUsage] - the name that lxml gives the type


def records(stream: BinaryIO, tag: str, names: Container[str]) -> Iterator[Any]:
    """Each record as a tree of what has these names, read one by one; a `ValueError` from where on the file is not well-formed."""
    parsed = etree.iterparse(
        stream, events=("end",), tag=tag, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        for _, element in parsed:
            yield tree(element, names)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]  # pyright: ignore[reportOptionalSubscript] - what has a sibling has a parent
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error.msg)) from error


def tree(element: Element, names: Container[str]) -> Any:
    """The element as it is described above; None for one that is empty."""
    attributes = element.items()
    found: dict[str, Any] = {f"@{name}": value for name, value in attributes} if attributes else {}
    if not len(element):
        return {"": element.text, **found} if found else element.text
    if element.text and not element.text.isspace():
        found[""] = "".join(map(str, element.itertext()))
    for child in element:
        name = child.tag
        if name not in names:
            continue
        value = tree(child, names)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
