"""What a caller asks to do, by FHIR's names, and the scope letter each needs.

Spec: https://hl7.org/fhir/R4/http.html,
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#fhir-resource-scope-syntax
"""

from enum import StrEnum


class Act(StrEnum):
    """One kind of request. Each value is FHIR's own code, but for those of operations, and those
    about who signs in."""

    READ = "read"
    VREAD = "vread"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    HISTORY_INSTANCE = "history-instance"
    HISTORY_TYPE = "history-type"
    HISTORY_SYSTEM = "history-system"
    CREATE = "create"
    SEARCH_TYPE = "search-type"
    SEARCH_SYSTEM = "search-system"
    CAPABILITIES = "capabilities"
    TRANSACTION = "transaction"
    BATCH = "batch"
    VALIDATE = "validate"
    EVERYTHING = "everything"
    MATCH = "match"
    WHAT_MATTERS = "what-matters"
    JOURNEY = "journey"
    SAID_AND_DONE = "said-and-done"
    TOLD_ONCE = "told-once"
    TO_LOOK_AT = "goals-to-look-at"
    MEASURES = "measures"
    EXPERIENCE_SCORES = "experience-scores"
    WHO_CAN_SEE = "who-can-see"
    WHO_HAS_LOOKED = "who-has-looked"
    PROVENANCE = "provenance"
    EMERGENCY_ACCESS = "emergency-access"
    EMERGENCY_ACCESS_END = "emergency-access-end"
    EMERGENCY_ACCESS_LIST = "emergency-access-list"
    EMERGENCY_ACCESS_REVIEW = "emergency-access-review"
    NOTICES = "notices"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    QUARANTINE = "quarantine"
    QUARANTINE_LIFT = "quarantine-lift"
    MERGE = "merge"
    UNMERGE = "unmerge"
    INVITE_SUPPORTER = "invite-supporter"
    ACCEPT_INVITATION = "accept-invitation"
    DECLINE_INVITATION = "decline-invitation"
    EXPORT_PERSON = "export-person"
    ERASE_PERSON = "erase-person"
    TOKEN = "token"  # noqa: S105  (the name of an act)
    INTROSPECT = "introspect"
    REVOKE = "revoke"
    CLIENTS = "clients"
    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    UNTIE = "untie-sign-in"


# The acts that are absent need no letter: a batch or transaction is decided entry by entry, and who
# has looked as a search of AuditEvents. What several roles may do with an emergency, its notices or
# a quarantine, and what an administrator does with two records, asks for role and scope by itself,
# and so does an invitation.
LETTER_BY_ACT: dict[Act, str] = {
    Act.READ: "r",
    Act.VREAD: "r",
    Act.HISTORY_INSTANCE: "r",
    Act.WHO_CAN_SEE: "r",
    Act.PROVENANCE: "r",
    Act.SEARCH_TYPE: "s",
    Act.SEARCH_SYSTEM: "s",
    Act.HISTORY_TYPE: "s",
    Act.HISTORY_SYSTEM: "s",
    Act.EVERYTHING: "s",
    Act.WHAT_MATTERS: "s",
    Act.JOURNEY: "s",
    Act.SAID_AND_DONE: "s",
    Act.TOLD_ONCE: "s",
    Act.TO_LOOK_AT: "s",
    Act.MEASURES: "s",
    Act.EXPERIENCE_SCORES: "s",
    Act.EMERGENCY_ACCESS: "s",
    Act.FREEZE: "u",
    Act.UNFREEZE: "u",
    Act.QUARANTINE: "u",
    Act.MATCH: "s",
    Act.EXPORT_PERSON: "s",
    Act.UPDATE: "u",
    Act.PATCH: "u",
    Act.CREATE: "c",
    Act.DELETE: "d",
}

WRITE_LETTERS = frozenset("cud")
