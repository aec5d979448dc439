"""A small server made with FHIRStarter: Patients (R4B) in a dictionary.

Run as a program of its own, with a port: our tests take every warning for an error, and it warns.
FHIR_SEQUENCE=R4B stands in its environment, for FHIRStarter reads that when it is imported.
"""

import sys
from uuid import uuid4

import uvicorn
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from fhirstarter import FHIRProvider, FHIRStarter, InteractionContext
from fhirstarter.exceptions import FHIRResourceNotFoundError

_held: dict[str, Patient] = {}
_provider = FHIRProvider()


@_provider.create(Patient)
async def create(context: InteractionContext, resource: Patient) -> str:
    """Keeps it under a new id."""
    resource.id = str(uuid4())
    _held[resource.id] = resource
    return resource.id


@_provider.read(Patient)
async def read(context: InteractionContext, id_: str) -> Patient:
    """What is kept under this id."""
    if id_ not in _held:
        raise FHIRResourceNotFoundError
    return _held[id_]


@_provider.update(Patient)
async def update(context: InteractionContext, id_: str, resource: Patient) -> str:
    """Keeps this instead."""
    if id_ not in _held:
        raise FHIRResourceNotFoundError
    _held[id_] = resource
    return id_


@_provider.delete(Patient)
async def delete(context: InteractionContext, id_: str) -> None:
    """Keeps it no longer."""
    _held.pop(id_, None)


@_provider.search_type(Patient)
async def search(context: InteractionContext, family: str | None) -> Bundle:
    """Those of exactly this family name; all of them when none is asked for."""
    found = [
        one
        for one in _held.values()
        if family is None or any(name.family == family for name in one.name or ())
    ]
    entries = [{"resource": one} for one in found] or None
    return Bundle(type="searchset", total=len(found), entry=entries)


app = FHIRStarter(title="Not ours")
app.add_providers(_provider)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
