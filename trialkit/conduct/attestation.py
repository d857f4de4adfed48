"""What signatures and the delegation log say, for checks that ask. One place, so that whoever builds them finds it."""

from __future__ import annotations

import datetime as dt


class Attestation:
    """The part of an expression's facts that people attest. Unknown as yet: no check fires on it, and none is settled.

    `signed` and `unsigned` will be answered by the store's signatures (21 CFR 11.50), `delegated` by the delegation log
    (ICH E6(R3) 2.3); until these are recorded nobody can tell.
    """

    __slots__ = ()

    def signed(self, form: str, form_repeat: int | None) -> bool | None:
        return None

    def delegated(self, person: str, task: str, day: dt.date) -> bool | None:
        return None

    def unsigned(self) -> int | None:
        return None
