"""What a merge adds to a Patient, and that an unmerge takes away just that."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.what_matters.replaced import as_source, as_target, changed_by_hand, without

Json = dict[str, Any]
KINDS = ("replaces", "replaced-by", "refer", "seealso")

links = st.builds(
    lambda kind, other: {"other": {"reference": f"Patient/{other}"}, "type": kind},
    st.sampled_from(KINDS),
    st.sampled_from(["a", "b", "c"]),
)
patients = st.fixed_dictionaries(
    {"resourceType": st.just("Patient")},
    optional={
        "active": st.booleans(),
        "gender": st.sampled_from(["female", "other"]),
        "link": st.lists(links, min_size=1, max_size=3),
    },
)


@given(patients, st.sampled_from(["a", "b"]), st.booleans())
def test_what_a_merge_adds_an_unmerge_takes_away(patient: Json, other: str, source: bool) -> None:
    merged, added = (as_source if source else as_target)(patient, other)
    assert list(without(merged, added)) == [name for name in patient]
    assert without(merged, added) == patient
    assert {"other": {"reference": f"Patient/{other}"}} in [
        {"other": one["other"]} for one in merged["link"]
    ]


@given(patients, patients, st.booleans())
def test_what_somebody_changed_since_is_kept(before: Json, after: Json, source: bool) -> None:
    merged, added = (as_source if source else as_target)(before, "z")
    changed = {**merged, **{name: after[name] for name in ("gender",) if name in after}}
    expected = {**before, **{name: after[name] for name in ("gender",) if name in after}}
    assert without(changed, added) == expected


def test_a_source_that_somebody_made_active_again_stays_so() -> None:
    merged, added = as_source({"resourceType": "Patient"}, "b")
    assert without({**merged, "active": True}, added) == {"resourceType": "Patient", "active": True}


@pytest.mark.parametrize("kind", KINDS)
def test_only_links_of_other_kinds_are_written_by_hand(kind: str) -> None:
    patient = {"resourceType": "Patient"}
    linked = {**patient, "link": [{"other": {"reference": "Patient/b"}, "type": kind}]}
    refused = kind in ("replaces", "replaced-by")
    assert bool(changed_by_hand(patient, linked)) is refused
    assert bool(changed_by_hand(linked, patient)) is refused
    assert not changed_by_hand(linked, linked)
