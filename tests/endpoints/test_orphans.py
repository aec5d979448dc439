"""Nothing comes to refer to what is being deleted at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from tests.people import goal, new_person, observation

ROUNDS, WRITERS = 20, 4


def test_a_delete_and_the_creates_that_refer_to_it_never_both_succeed(
    as_client: Callable[..., httpx.Client],
) -> None:
    clients = [as_client("gp-surgery") for _ in range(WRITERS + 1)]
    person = new_person(clients[0])
    with ThreadPoolExecutor(len(clients)) as pool:
        for _ in range(ROUNDS):
            where = f"Goal/{clients[0].post('/Goal', json=goal(person)).json()['id']}"
            about = observation(person, focus=[{"reference": where}])
            start = Barrier(len(clients))

            def race(n: int, where: str = where, body: object = about, at: Barrier = start) -> int:
                at.wait()
                if n == 0:
                    return clients[0].delete(f"/{where}").status_code
                return clients[n].post("/Observation", json=body).status_code

            deleted, *created = list(pool.map(race, range(len(clients))))
            assert deleted in (204, 409)
            assert set(created) <= ({422} if deleted == 204 else {201})
