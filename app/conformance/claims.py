"""What a server claims of itself, as its CapabilityStatement says it.

Spec: https://hl7.org/fhir/R4/capabilitystatement.html
"""

from dataclasses import dataclass
from typing import Any

from app.conformance.unmet import NotOffered
from app.fhir.resource_types import Json


@dataclass(frozen=True, slots=True)
class Claims:
    """A CapabilityStatement, asked for what it says. statement: {} when the server has none."""

    statement: Json

    @property
    def rest(self) -> Json:
        """What it says of itself as a server."""
        for rest in self.statement.get("rest") or ():
            if rest.get("mode") == "server":
                return dict(rest)
        return {}

    def of(self, resource_type: str) -> Json:
        """What it says of a type; {} when it does not serve it."""
        for resource in self.rest.get("resource") or ():
            if resource.get("type") == resource_type:
                return dict(resource)
        return {}

    def does(self, resource_type: str, *interactions: str) -> bool:
        """Whether it claims every one of the interactions for a type."""
        claimed = {one.get("code") for one in self.of(resource_type).get("interaction") or ()}
        return set(interactions) <= claimed

    def need(self, resource_type: str, *interactions: str) -> None:
        """Raises NotOffered when an interaction is not claimed for the type."""
        if not self.does(resource_type, *interactions):
            asked = ", ".join(interactions)
            raise NotOffered(f"The server does not claim {asked} for {resource_type}.")

    def says(self, resource_type: str, element: str) -> Any:
        """What an element of the type's entry holds, such as conditionalCreate.

        Raises NotOffered when it is absent, false or "not-supported"."""
        value = self.of(resource_type).get(element)
        if value in (None, False, "not-supported", "no-version"):
            raise NotOffered(f"The server does not claim {element} for {resource_type}.")
        return value

    def need_system(self, interaction: str) -> None:
        """Raises NotOffered when an interaction of the whole system is not claimed."""
        if not any(one.get("code") == interaction for one in self.rest.get("interaction") or ()):
            raise NotOffered(f"The server does not claim {interaction}.")

    def need_parameter(self, resource_type: str, *codes: str) -> None:
        """Raises NotOffered when the type is not searched, or not by these parameters."""
        self.need(resource_type, "search-type")
        for code in codes:
            if self._type_of(resource_type, code) is None:
                raise NotOffered(f"The server does not claim to search {resource_type} by {code}.")

    def _type_of(self, resource_type: str, code: str) -> str | None:
        everywhere = self.rest.get("searchParam") or ()
        for parameter in (*(self.of(resource_type).get("searchParam") or ()), *everywhere):
            if parameter.get("name") == code:
                return str(parameter.get("type"))
        return None

    def need_include(self, resource_type: str, element: str, value: str) -> None:
        """element: searchInclude or searchRevInclude. Raises NotOffered when it is not claimed."""
        claimed = self.of(resource_type).get(element) or ()
        if value not in claimed and "*" not in claimed:
            raise NotOffered(f"The server does not claim {value} in {element} of {resource_type}.")

    def operation(self, resource_type: str, name: str) -> bool:
        """Whether an operation is claimed, for the type or for the whole system."""
        held = (
            *(self.of(resource_type).get("operation") or ()),
            *(self.rest.get("operation") or ()),
        )
        return any(str(one.get("name")).lstrip("$") == name for one in held)

    def profiles(self, resource_type: str) -> frozenset[str]:
        """The canonical addresses of the profiles that it claims to support for a type."""
        named = self.of(resource_type)
        return frozenset([*(named.get("supportedProfile") or ()), str(named.get("profile", ""))])
