"""Lets a chain of calls begin with something that is really made: a body that is taken.

Random words rarely fit the rules between fields, and without an entry no link can be followed.
"""

import copy
import os
from typing import Any

import schemathesis
from schemathesis import Case, HookContext

_PERSON = os.environ["SCHEMATHESIS_PERSON"]
_CHAIN = "stateful"


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """In a chain, and where it is to be taken, send the example of the description."""
    meta = case.meta
    if meta is None or meta.phase.name.value != _CHAIN or not meta.generation.mode.is_positive:
        return
    if "person" in case.path_parameters:
        case.path_parameters["person"] = _PERSON
    content = case.operation.definition.raw.get("requestBody", {}).get("content", {})
    if example := content.get("application/json", {}).get("example"):
        case.body = copy.deepcopy(example)
