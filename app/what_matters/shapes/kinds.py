"""Every kind of entry that the plain API has."""

from app.what_matters.mapping.kind import Kind
from app.what_matters.shapes.actions import ACTIONS
from app.what_matters.shapes.adjustments import ADJUSTMENTS
from app.what_matters.shapes.assessments import ASSESSMENTS
from app.what_matters.shapes.choices import PRIORITIES, SHARING_CHOICES
from app.what_matters.shapes.contacts import CONTACTS
from app.what_matters.shapes.experiences import EXPERIENCES
from app.what_matters.shapes.goals import GOALS
from app.what_matters.shapes.helps import BARRIERS, STRENGTHS
from app.what_matters.shapes.people_around import SUPPORTERS, TEAM
from app.what_matters.shapes.progress import PROGRESS
from app.what_matters.shapes.statements import ABOUT_ME, STATEMENTS, STORIES
from app.what_matters.shapes.wellbeing import WELLBEING

KINDS: tuple[Kind, ...] = (
    GOALS,
    STATEMENTS,
    ABOUT_ME,
    STORIES,
    STRENGTHS,
    BARRIERS,
    PROGRESS,
    WELLBEING,
    ASSESSMENTS,
    ACTIONS,
    CONTACTS,
    EXPERIENCES,
    TEAM,
    SUPPORTERS,
    SHARING_CHOICES,
    PRIORITIES,
    ADJUSTMENTS,
)
