"""A typed client of the plain API of What Matters, in both colours: `Client` and `AsyncClient`.

    with Client("http://127.0.0.1:8000", token) as record:
        page = record.what_matters("tamsin-pender")

It imports nothing of the service. `shapes` and `calling` are made by `make client`.
"""

from whatmatters_client.awaiting import AsyncClient
from whatmatters_client.calling import Client
from whatmatters_client.refusals import Refused, Unanswered
from whatmatters_client.sending import Entry

__all__ = ["AsyncClient", "Client", "Entry", "Refused", "Unanswered"]
