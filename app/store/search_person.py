"""Which people a search is bound to, so that their rows are found by the key that leads with them.

Spec: https://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

from collections.abc import Iterator, Sequence

from app.fhir.compartment import parameters_of
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_query import Chain, Clause, Has, Match, ReferenceValue, TokenValue
from app.store.search_reference import served_targets
from app.store.search_scope import Scope, all_of, any_of, holds_any

# Elements that name one person, so that a row which names them lies with them. Provenance.target
# repeats, and its row lies with the first only.
_ONE_PERSON = {"subject", "patient", "for"}

PERSON_PARAMETERS = frozenset(
    (row.name, code)
    for row in RESOURCE_TYPES.values()
    if row.person and row.person[0] in _ONE_PERSON
    for code in ("patient", "subject")
) | {("AuditEvent", "patient")}


def people_bound(
    types: Sequence[str], clauses: Sequence[Clause], compartment: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """The only people whose rows can match, or None when the search does not say. compartment: the
    records of one person."""
    if len(types) != 1:
        return None
    type_name = types[0]
    members = parameters_of(type_name)
    if compartment is not None and all((type_name, m) in PERSON_PARAMETERS for m in members):
        return compartment
    for clause in clauses:
        if isinstance(clause, Match) and clause.modifier is None:
            people = _people_named(type_name, clause)
            if people is not None:
                return people
    return None


def _people_named(type_name: str, match: Match) -> tuple[str, ...] | None:
    code = match.parameter.code
    if type_name == "Patient" and code == "_id":
        return tuple(v.code or "" for v in match.values if isinstance(v, TokenValue))
    if (type_name, code) not in PERSON_PARAMETERS:
        return None
    only_patients = served_targets(match.parameter) == ["Patient"]
    people = []
    for value in match.values:
        if not isinstance(value, ReferenceValue) or value.id is None or "/" in value.id:
            return None
        if value.url is not None or not (
            value.type == "Patient" or (value.type is None and only_patients)
        ):
            return None
        people.append(value.id)
    return tuple(people)


def people_named(types: Sequence[str], clauses: Sequence[Clause]) -> Iterator[str]:
    """The people whom the clauses name, at the end of a chain or of `_has` too."""
    for clause in clauses:
        if isinstance(clause, Chain):
            for type_name, within in clause.inner_by_type:
                yield from people_named((type_name,), (within,))
        elif isinstance(clause, Has):
            yield from people_named((clause.type,), (clause.inner,))
        elif isinstance(clause, Match):
            yield from _named_by(types, clause)


def _named_by(types: Sequence[str], match: Match) -> Iterator[str]:
    by_id = match.parameter.code == "_id" and "Patient" in types
    for value in match.values:
        if isinstance(value, ReferenceValue) and value.url is None and value.id:
            # A bare id that may be another type's is no name of a person.
            if (value.type or served_targets(match.parameter)) in ("Patient", ["Patient"]):
                yield value.id.partition("/")[0]
        elif by_id and isinstance(value, TokenValue) and value.code:
            yield value.code


def lies_with(scope: Scope, people: Sequence[str]) -> str:
    """Rows that lie with these people."""
    return f"{scope.alias}.person_id = any({scope.statement.bind_all(people)})"


def in_compartment(scope: Scope, patients: Sequence[str]) -> str:
    """Members of the compartments of these Patients, the Patients included."""
    return any_of([_member(scope, type_name, patients) for type_name in scope.types])


def _member(scope: Scope, type_name: str, patients: Sequence[str]) -> str:
    codes = parameters_of(type_name)
    entries = [f"{code}=Patient/{one}" for one in patients for code in codes]
    member = holds_any(scope, entries)
    if type_name == "Patient":
        ids = [f"{scope.alias}.id = {scope.statement.bind(one)}" for one in patients]
        member = any_of([*ids, member])
    if len(scope.types) == 1:
        return member
    return f"({all_of([f'{scope.alias}.type = {scope.statement.bind(type_name)}', member])})"
