from typing import Any

import pytest

from app.fhir.labels import CONFIDENTIALITY, OURS, Label, labels_of

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("system", "code", "label"),
    [
        (CONFIDENTIALITY, "N", Label.NONE),
        (CONFIDENTIALITY, "R", Label.RESTRICTED),
        (CONFIDENTIALITY, "V", Label.RESTRICTED),
        (OURS, "just-us", Label.JUST_US),
        (OURS, "hidden-from-supporters", Label.HIDDEN_FROM_SUPPORTERS),
        (OURS, "hidden-from-the-person", Label.HIDDEN_FROM_PERSON),
        (OURS, "R", Label.NONE),
        (None, "R", Label.NONE),
        (CONFIDENTIALITY, None, Label.NONE),
    ],
)
def test_a_label_is_a_code_of_its_own_system(
    system: str | None, code: str | None, label: Label
) -> None:
    assert labels_of({"meta": {"security": [{"system": system, "code": code}]}}) == label


def test_several_labels_all_count() -> None:
    marks = [{"system": OURS, "code": "just-us"}, {"system": CONFIDENTIALITY, "code": "R"}]
    assert labels_of({"meta": {"security": marks}}) == Label.JUST_US | Label.RESTRICTED


def test_a_label_said_twice_is_one() -> None:
    marks = [{"system": OURS, "code": "just-us"}] * 2
    assert labels_of({"meta": {"security": marks}}) == Label.JUST_US


@pytest.mark.parametrize("tree", [{}, {"meta": {}}, {"meta": {"security": []}}])
def test_what_bears_no_label_has_none(tree: Json) -> None:
    assert labels_of(tree) == Label.NONE
