"""The client without waiting, made of the one that is awaited: words are changed, nothing else."""

import re

_MADE = (
    '"""The client, in the other colour: made of `awaiting` by `make client`. Change that one."""'
)
_WORDS = (
    (r'^""".*?"""', _MADE),
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"\bimport asyncio\b", "import time"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\baclose\b", "close"),
    (r"\bhttpx\.AsyncBaseTransport\b", "httpx.BaseTransport"),
    (r"\bAsync(?=[A-Z])", ""),
)


def calling(awaiting: str) -> str:
    """The source of the one, of the source of the other."""
    for word, other in _WORDS:
        awaiting = re.sub(word, other, awaiting, flags=re.DOTALL)
    return awaiting
