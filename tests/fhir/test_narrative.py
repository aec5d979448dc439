"""The narrative: what FHIR allows is kept as it is, everything else is refused."""

import pytest

from app.fhir import narrative

START = '<div xmlns="http://www.w3.org/1999/xhtml">'


def inside(content: str) -> str | None:
    return narrative.check(f"{START}{content}</div>")


@pytest.mark.parametrize(
    "content",
    [
        "plain words",
        "<p>I want to <b>walk</b> &amp; have tea &lt;3 &#233;</p>",
        '<h1 id="a" class="b" lang="en" xml:lang="en" title="t">a</h1><br/><hr/>',
        '<table border="1"><thead><tr><th scope="col">a</th></tr></thead>'
        '<tbody><tr><td colspan="2" align="left">b</td></tr></tbody></table>',
        '<ul><li>a</li></ul><ol start="3"><li>b</li></ol><dl><dt>a</dt><dd>b</dd></dl>',
        '<a href="https://example.org/a?b=c#d">a</a> <a href="#a" name="x">b</a>',
        '<a href="mailto:a@example.org">a</a><a href="tel:01632960001">b</a>',
        '<a href="Patient/1">a</a><a href="../a/b.html">b</a><a href="/a">c</a>',
        '<img src="data:image/png;base64,aGVsbG8=" alt="a"/>',
        '<img src="#picture" alt="a" width="10" height="10"/>',
        '<span style="color: red; text-align: left">a</span>',
        '<div xmlns="http://www.w3.org/1999/xhtml">nested</div>',
        "<blockquote cite='https://example.org'>a</blockquote><pre> a </pre>",
        "é 😀 \u200d",
    ],
)
def test_what_fhir_allows_is_kept(content: str) -> None:
    assert inside(content) is None


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<p onclick='alert(1)'>a</p>",
        "<p ONCLICK='alert(1)'>a</p>",
        "<img src='#a' onerror='alert(1)'/>",
        "<img src='https://example.org/tracker.png'/>",
        "<img src='//example.org/tracker.png'/>",
        "<img src='picture.png'/>",
        "<img src='data:image/svg+xml;base64,aGVsbG8='/>",
        "<img src='data:text/html;base64,aGVsbG8='/>",
        "<img src='#a' srcset='https://example.org/a 2x'/>",
        "<a href='javascript:alert(1)'>a</a>",
        "<a href='JaVaScRiPt:alert(1)'>a</a>",
        "<a href='java&#9;script:alert(1)'>a</a>",
        "<a href='java&#10;script:alert(1)'>a</a>",
        "<a href=' javascript:alert(1)'>a</a>",
        "<a href='&#1;javascript:alert(1)'>a</a>",
        "<a href='vbscript:a'>a</a>",
        "<a href='data:text/html,a'>a</a>",
        "<a href='file:///etc/passwd'>a</a>",
        "<a href='//example.org'>a</a>",
        "<a href='/\\example.org'>a</a>",
        "<a href='https://example.org' target='_blank'>a</a>",
        "<a href='https://example.org' ping='https://example.org'>a</a>",
        "<form action='https://example.org'><input name='a'/></form>",
        "<input value='a'/>",
        "<button>a</button>",
        "<iframe src='https://example.org'/>",
        "<object data='a'/>",
        "<embed src='a'/>",
        "<video src='a'/>",
        "<svg xmlns='http://www.w3.org/2000/svg'><a>a</a></svg>",
        "<math><mi>a</mi></math>",
        "<style>p { color: red }</style>",
        "<link rel='stylesheet' href='https://example.org/a.css'/>",
        "<meta http-equiv='refresh' content='0'/>",
        "<base href='https://example.org'/>",
        "<p style='background: url(https://example.org/a)'>a</p>",
        "<p style='background: u\\72l(https://example.org/a)'>a</p>",
        "<p style='background: image-set(&quot;https://example.org/a&quot; 1x)'>a</p>",
        "<p style='background: -webkit-image-set(&quot;https://example.org/a&quot; 1x)'>a</p>",
        "<p style='background: image(&quot;https://example.org/a&quot;)'>a</p>",
        "<p style='background: src(&quot;https://example.org/a&quot;)'>a</p>",
        "<p style='width: expression(alert(1))'>a</p>",
        "<p style='position: fixed'>a</p>",
        "<p style='color: r/**/ed'>a</p>",
        "<x:p xmlns:x='http://www.w3.org/1999/xhtml'>a</x:p>",
        "<p xmlns='http://example.org'>a</p>",
        "<td background='https://example.org/a'>a</td>",
        "<!--><img src='x' onerror='alert(1)'/>--> a",
        "<![CDATA[><img src=x onerror=alert(1)>]]> a",
        "<?php echo 1 ?> a",
        "&nbsp;",
        "&copy; a",
        "<p>a",
        "<p>a</b>",
        "a & b",
        "<p class=a>a</p>",
        "<br>a",
    ],
)
def test_what_fhir_does_not_allow_is_refused(content: str) -> None:
    assert (inside(content) or "").startswith(("The narrative", "A link", "A style", "An image"))


@pytest.mark.parametrize(
    "div",
    [
        "",
        "words",
        "<p>a</p>",
        "<div>a</div>",
        '<div xmlns="http://example.org">a</div>',
        f'<p xmlns="http://www.w3.org/1999/xhtml">{START}a</div></p>',
        f"{START}a</div>{START}b</div>",
        f"{START}a",
        f'<?xml version="1.0"?>{START}a</div>',
        f'<?xml version="1.0" encoding="utf-7"?>{START}a</div>',
        f"<!DOCTYPE html>{START}a</div>",
        f'<!DOCTYPE div [<!ENTITY a "aaaa">]>{START}&a;</div>',
        f'<!DOCTYPE div [<!ENTITY a SYSTEM "file:///etc/passwd">]>{START}&a;</div>',
        f"<!-- a -->{START}a</div>",
        START.replace(">", " onload='alert(1)'>") + "a</div>",
    ],
)
def test_the_narrative_is_one_div_of_xhtml(div: str) -> None:
    assert narrative.check(div) is not None


@pytest.mark.parametrize("content", ["", " \n ", "<p> </p>", "<br/>", "&#160;"])
def test_a_narrative_says_something(content: str) -> None:
    assert inside(content) == "The narrative is empty; leave it out instead."


def test_a_narrative_has_an_end() -> None:
    assert inside("<b>" * 100 + "a" + "</b>" * 100) is not None
    assert inside("a" * 1024 * 1024) is not None


def test_what_is_refused_is_not_repeated() -> None:
    assert "Mary" not in str(inside("<Mary>Mary</Mary>")) + str(inside("<p Mary='Mary'>a</p>"))
