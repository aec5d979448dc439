"""The implementation guide lists all that is shipped, and is what its maker makes."""

from app.cli import guide as written
from app.fhir import guide
from app.fhir.library import examples, of_type, shipped


def test_the_shipped_guide_is_what_the_definitions_make() -> None:
    assert written.PATH.read_text(encoding="utf-8") == written.text(), "run `make profiles`"


def test_the_guide_lists_each_definition_and_each_right_example_once() -> None:
    [one] = of_type("ImplementationGuide")
    listed = one.tree["definition"]["resource"]
    references = [each["reference"]["reference"] for each in listed]
    assert len(set(references)) == len(references)
    assert [each["reference"]["reference"] for each in listed if not each["exampleBoolean"]] == [
        f"{each.type}/{each.id}" for each in shipped() if each is not one
    ]
    assert [each["reference"]["reference"] for each in listed if each["exampleBoolean"]] == [
        f"{each.tree['resourceType']}/{each.tree['id']}" for each in examples()
    ]
    assert all(each["name"] and each["description"] for each in listed)


def test_a_guide_does_not_list_itself() -> None:
    assert guide.guide(of_type("ImplementationGuide"), ())["definition"]["resource"] == []
