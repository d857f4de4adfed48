"""Which pages there are, and the roles that have them: asked by the screens and by the gate in front of them."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.util import calc_hash

STAFF = ("coordinator", "nurse", "physician", "investigator", "rater", "pharmacist")
OVERSIGHT = ("monitor", "datamanager", "medicalmonitor", "sponsor", "auditor")
DOSING = ("coordinator", "nurse", "physician", "investigator", "pharmacist", *OVERSIGHT)
SAFETY = ("coordinator", "nurse", "physician", "investigator", *OVERSIGHT)
# page file, title, icon, roles that have it, whether it stands in the menu
LIST: tuple[tuple[str, str, str, tuple[str, ...], bool], ...] = (
    ("home.py", "Home", ":material/home:", (*STAFF, *OVERSIGHT, "subject", "administrator"), True),
    ("subjects.py", "Subjects", ":material/groups:", (*STAFF, *OVERSIGHT), True),
    ("infusion.py", "Infusion session", ":material/vaccines:", DOSING, True),
    ("queries.py", "Queries", ":material/help:", (*STAFF, *OVERSIGHT), True),
    ("review.py", "Review", ":material/fact_check:", ("monitor", "datamanager", "medicalmonitor"), True),
    ("sign.py", "Sign", ":material/draw:", ("investigator", "physician", "rater", "pharmacist"), True),
    ("safety.py", "Safety", ":material/emergency:", SAFETY, True),
    ("study.py", "Study", ":material/menu_book:", (*STAFF, *OVERSIGHT), True),
    ("log.py", "Change log", ":material/history:", (*STAFF, *OVERSIGHT, "administrator"), True),
    ("exports.py", "Exports", ":material/outbox:", ("coordinator", "investigator", "pharmacist", *OVERSIGHT), True),
    ("people.py", "People", ":material/badge:", ("administrator", "datamanager", "sponsor", "auditor"), True),
    ("entry.py", "Form", ":material/edit_note:", (*STAFF, *OVERSIGHT), False),
    ("subject.py", "Subject", ":material/person:", (*STAFF, *OVERSIGHT), False),
    ("questionnaire.py", "Questionnaire", ":material/edit_note:", ("subject",), False),
)


def has(role: str, file: str) -> bool:
    """Whether the role has the page: a link to a page that it lacks cannot be drawn."""
    return any(file == page and role in roles for page, _, _, roles, _ in LIST)


def lacks(role: str, file: str, signs: Callable[[], bool]) -> bool:
    """Whether the role is without the page; the page Sign is for whom the study lets sign something: `signs`."""
    return not has(role, file) or (file == "sign.py" and not signs())


def withheld(role: str, name: str, mark: str, signs: Callable[[], bool]) -> str:
    """The title of the page that a message asks for, by address or by Streamlit's mark of it, if the role lacks it."""
    for file, title, _, _, _ in LIST:
        address = file.removesuffix(".py")
        asked = mark == calc_hash(address) if mark else name.strip("/") == address
        if asked and lacks(role, file, signs):
            return title
    return ""
