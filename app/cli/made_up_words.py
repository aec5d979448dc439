"""What made-up people say: sentences put together from parts, so that no two records are alike."""

from random import Random

_WISHES = (
    "Walk to the end of the harbour wall and back",
    "Cook a Sunday dinner for the whole family again",
    "Sing with the others on Thursday evenings",
    "Sleep through the night in my own bed",
    "See my sister in Cardiff before the summer",
    "Grow beans and sweet peas on the allotment",
    "Go back to the library on my own",
    "Hold the baby without being afraid of dropping her",
    "Read the whole paper, not only the front page",
    "Get my hands working well enough to mend nets",
    "Take the bus to town without somebody beside me",
    "Keep the dog, and walk him myself",
)
_REASONS = (
    "because that is where everybody I know is",
    "because I have done it every week since I was twelve",
    "and not be frightened of the steps",
    "so that my daughter stops worrying",
    "before the clocks go back",
    "even if it takes me half the morning",
    "and pay my own way when I am there",
    "so that I feel like myself again",
)
_TROUBLES = (
    "The pain is worst when it rains, and it rains most days here.",
    "Nobody told me who to ring, so I rang nobody.",
    "I can do it on a good day, and there are two good days in the week.",
    "The forms came in print so small that I put them in the drawer.",
    "I was asked the same four questions by five people.",
    "The chair is too low and the door is too heavy.",
)
_COMFORTS = (
    "It goes better with somebody walking on the other side of me.",
    "The kettle, the wireless and the window: that is a good morning.",
    "My neighbour knocks at ten and we put the world to rights.",
    "Tell me straight, and then give me a minute.",
    "I would rather have one person I know than three that I do not.",
    "Music helps, the old songs, not too loud.",
)
STEPS = (
    "I do it most days on my own, and more besides.",
    "I do it on my own, and stop to talk on the way.",
    "I do it with somebody beside me.",
    "I begin, and turn back before half of it.",
    "I do not get as far as the door.",
)
GIVEN = ("Morwenna", "Jago", "Loveday", "Petroc", "Senara", "Cador", "Tegen", "Piran", "Elowen")
FAMILY = ("Nance", "Trewin", "Hosking", "Kitto", "Pascoe", "Rowe", "Tregear", "Uren", "Vivian")
PLACES = ("Newlyn", "Porthmellow", "St Breock", "Lanteague", "Trevarrow", "Polmear")


def wish(chance: Random) -> str:
    """What somebody wants to do, and why."""
    return f"{chance.choice(_WISHES)}, {chance.choice(_REASONS)}."


def story(chance: Random) -> str:
    """Three sentences about how things are."""
    return f"{chance.choice(_TROUBLES)} {chance.choice(_COMFORTS)} {chance.choice(_TROUBLES)}"


def remark(chance: Random) -> str:
    """One sentence."""
    return chance.choice(_COMFORTS + _TROUBLES)
