"""The narrative's XHTML: inside FHIR's allow-list, or refused; never cleaned.

Spec: https://hl7.org/fhir/R4/narrative.html#xhtml
Read by a real XML parser with no document type and no entities beyond XML's own five. Stricter
than R4 in one way: images are in the text (data:) or in the resource (#), so that opening a
narrative calls nobody.
"""

import re
from xml.parsers import expat

_SPACE = "http://www.w3.org/1999/xhtml"
_LONGEST = 1024 * 1024
_DEEPEST = 64

_TAG_NAMES = """
div p br hr h1 h2 h3 h4 h5 h6 a span b i em strong small big tt sub sup abbr acronym cite code dfn
kbd samp var q blockquote pre address bdo ul ol li dl dt dd img map area
table caption colgroup col thead tbody tfoot tr th td
"""
_ATTRIBUTES_BY_TAG = {
    "a": "accesskey charset coords href hreflang name rel rev shape tabindex type",
    "area": "alt coords href nohref shape tabindex",
    "blockquote": "cite",
    "caption": "align",
    "img": "alt border height longdesc src usemap width",
    "map": "name",
    "ol": "start type",
    "q": "cite",
    "table": "border cellpadding cellspacing frame rules summary width",
    "ul": "type",
    **dict.fromkeys(
        ("td", "th", "tr", "thead", "tbody", "tfoot", "col", "colgroup"),
        "abbr align axis bgcolor char charoff colspan headers height nowrap rowspan scope span "
        "valign width",
    ),
}
_TAGS = frozenset(_TAG_NAMES.split())
_ANYWHERE = frozenset({"class", "dir", "id", "lang", "style", "title", "xml:lang"})
_ALLOWED = {tag: frozenset(names.split()) for tag, names in _ATTRIBUTES_BY_TAG.items()}
_NONE: frozenset[str] = frozenset()
_LINKS = frozenset({"href", "cite", "longdesc", "usemap"})

_is_safe_link = re.compile(
    r"(?:https?://|mailto:|tel:|#|(?![A-Za-z][A-Za-z0-9+.\-]*:|[/\\]{2})).*", re.IGNORECASE
).fullmatch
_is_safe_image = re.compile(r"#.+|data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]+").fullmatch
_unprintable = re.compile(r"[\x00-\x20\x7f-\xa0]").search
_reaches_out = re.compile(
    r"(?:url|src|image|image-set)\s*\(|@import|expression\s*\(|javascript:|behavior\s*:|-moz-binding|position\s*:|[\\<]|/\*",
    re.IGNORECASE,
).search


class _Refused(Exception):
    """Raised out of the parser with the sentence to answer."""


class _Reading:
    """What one pass over the XHTML has seen."""

    __slots__ = ("depth", "has_content")

    def __init__(self) -> None:
        self.depth = 0
        self.has_content = False

    def start(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        if self.depth == 1:
            _check_root(name, attributes)
            return
        if self.depth > _DEEPEST:
            raise _Refused(f"The narrative is nested more than {_DEEPEST} levels deep.")
        if name not in _TAGS:
            raise _Refused("The narrative uses a tag that FHIR does not allow there.")
        if attributes:
            _check_attributes(name, attributes)
        if name == "img":
            self.has_content = True

    def end(self, _name: str) -> None:
        self.depth -= 1

    def text(self, text: str) -> None:
        if not self.has_content and not text.isspace():
            self.has_content = True


def check(div: str) -> str | None:
    """None when `div` may be kept and shown, else a sentence that says why not."""
    if len(div) > _LONGEST:
        return "The narrative is longer than 1 MB."
    parser = expat.ParserCreate()
    reading = _Reading()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.ProcessingInstructionHandler = _no_instruction
    parser.XmlDeclHandler = _no_declaration
    # Both end elsewhere when a browser reads them as HTML, and what follows would come alive.
    parser.CommentHandler = _no_comment
    parser.StartCdataSectionHandler = _no_cdata
    try:
        parser.Parse(div, True)
    except _Refused as refused:
        return str(refused)
    except (expat.ExpatError, UnicodeEncodeError):
        return "The narrative is not well-formed XHTML; only the entities of XML itself are known."
    if not reading.has_content:
        return "The narrative is empty; leave it out instead."
    return None


def _check_root(name: str, attributes: list[str]) -> None:
    named = dict(zip(attributes[::2], attributes[1::2], strict=True))
    if name != "div" or named.pop("xmlns", None) != _SPACE:
        raise _Refused(f'The narrative must be one <div xmlns="{_SPACE}">.')
    _check_attributes(name, [part for pair in named.items() for part in pair])


def _check_attributes(tag: str, attributes: list[str]) -> None:
    allowed = _ALLOWED.get(tag, _NONE)
    for name, value in zip(attributes[::2], attributes[1::2], strict=True):
        if name == "xmlns" and value == _SPACE:
            continue
        if name not in _ANYWHERE and name not in allowed:
            raise _Refused("The narrative uses an attribute that FHIR does not allow there.")
        _check_value(name, value)


def _check_value(name: str, value: str) -> None:
    if name == "src":
        if not _is_safe_image(value):
            raise _Refused("An image in the narrative must be data: (png, jpeg, gif) or #id.")
    elif name in _LINKS:
        if _unprintable(value) or not _is_safe_link(value):
            raise _Refused("A link in the narrative must be http, https, mailto, tel or relative.")
    elif name == "style" and _reaches_out(value):
        raise _Refused("A style in the narrative may only set how the text looks.")


def _no_document_type(*_: object) -> None:
    raise _Refused("The narrative may not have a document type.")


def _no_instruction(*_: object) -> None:
    raise _Refused("The narrative may not have processing instructions.")


def _no_declaration(*_: object) -> None:
    raise _Refused("The narrative may not have an XML declaration.")


def _no_comment(*_: object) -> None:
    raise _Refused("The narrative may not have comments.")


def _no_cdata(*_: object) -> None:
    raise _Refused("The narrative may not have CDATA sections.")
