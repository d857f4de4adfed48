"""The site file: records that belong to a site and to no subject (ODM: events of kind `site`), such as its stock.

It is kept in the place of a subject, under the site's number with a mark that no subject number has. Nobody opens it:
it comes into being with its first record, and it is in no list and no count of subjects.
"""

from __future__ import annotations

from trialkit.errors import NotFound
from trialkit.ledger.entry import Place
from trialkit.store.record import Record

MARK = "@"
"""What the name of a site's file begins with."""


def file_of(site: str) -> str:
    """The name of a site's file in the place of a subject: `@01`."""
    return MARK + site


def is_file(subject: str) -> bool:
    """Whether what stands in the place of a subject is the file of a site."""
    return subject.startswith(MARK)


def opened(site: Record | None, subject: str) -> Record:
    """What a sitting sits down with instead of a subject. NotFound where the site is not this file's."""
    number = subject.removeprefix(MARK)
    if site is None or site.place.site != number:
        raise NotFound(f"there is no site {number[:40] or '?'}", "see `trialkit site list`")
    return Record(site.stream, Place(site=number, subject=subject), site.status, site.version, site.seq, site.study)
