"""Laws that hold after any sequence of acts: what stands is what the ledger says, now and at every past moment."""

from __future__ import annotations

import random

from tests.ward import SUBJECT, Ward
from trialkit.conduct.capture import inactivate
from trialkit.conduct.preview import Preview, Rehearsal, preview
from trialkit.conduct.reason import Reason
from trialkit.errors import Blocked, NotFound, OutOfOrder, WrongValue
from trialkit.values import Missing

REASON = Reason("SOURCE", "source was read again")
CHOICES: dict[tuple[str, str], dict[str, list[object]]] = {
    ("V1", "VS"): {
        "SYSBP": ["95", "120", "150", "", "x", Missing("ND")],
        "DIABP": ["70", "96", "121", ""],
        "WEIGHT": ["60.0", "82.5", "160.0", Missing("UNK")],
        "HEIGHT": ["160.0", "175.0", ""],
        "SICK": ["Y", "N"],
        "SICKTXT": ["cough", "", "für Élise ✓"],
    },
    ("V1", "DM"): {"BRTHDAT": ["1980", "1980-04", "1980-04-05", ""], "SEX": ["F", "M", Missing("UNK")]},
    ("V2", "VS"): {"WEIGHT": ["60.0", "81.0"], "SYSBP": ["120", "141"]},
    ("V2", "GRID"): {
        "READING[PRE].RSYS": ["110", "120"],
        "READING[T5].RSYS": ["130", "180"],
        "READING[ADHOC.1].RSYM": [["NAUSEA"], ["HEADACHE", "NAUSEA"], ""],
    },
    ("LOG", "IC"): {"ICVER": ["1.0"], "ICDAT": ["2026-02-01", "2026-02-20", ""]},
    ("LOG", "AE"): {"AETERM": ["Headache", "Nausea"], "AESTDAT": ["2026-01", "2026-02-10"], "AESER": ["Y", "N"]},
}


def _standing(ward: Ward, as_of: int | None = None) -> dict[str, object]:
    reader = ward.trial.store.read(ward.trial.everything().sight, as_of)
    everything = [*reader.records(subject=SUBJECT), *reader.queries(subject=SUBJECT), *reader.subjects()]
    return {one.stream: (one.version, one.status, one.seq, dict(one.values)) for one in everything}


def _act(ward: Ward, dice: random.Random) -> None:
    event, form = dice.choice(list(CHOICES))
    items = CHOICES[event, form]
    typed = {item: dice.choice(items[item]) for item in dice.sample(list(items), dice.randint(1, len(items)))}
    try:
        if dice.random() < 0.06 and form == "AE":
            place = ward.place(event, form)
            inactivate(ward.trial, ward.ana, place, reason=REASON, based_on=ward.version(place))
        else:
            ward.save(event, form, typed, reason=REASON, submit=dice.random() < 0.3)
    except (Blocked, WrongValue, OutOfOrder, NotFound):
        return


def test_what_stands_at_any_moment_can_be_read_again_later_and_rebuilt_from_the_ledger(ward: Ward) -> None:
    dice = random.Random(20260302)
    moments = []
    for _ in range(70):
        _act(ward, dice)
        moments.append((ward.store.size, _standing(ward)))
    assert len({size for size, _ in moments}) > 40
    for size, stood in moments[::7]:
        assert _standing(ward, size) == stood
    before = _standing(ward)
    ward.store.rebuild()
    assert _standing(ward) == before
    ward.store.checkpoint()
    report = ward.store.verify()
    assert report.entries == ward.store.size


def test_a_refused_act_leaves_the_sitting_as_it_was(ward: Ward) -> None:
    from trialkit.conduct.capture import Act, save_in
    from trialkit.conduct.sitting import Sitting

    sitting = Sitting(ward.trial, ward.ana, SUBJECT)
    place = ward.place("V1", "VS")
    save_in(sitting, place, {"SYSBP": "120", "HEIGHT": "170.0"}, 0, Act())
    written = dict(sitting.desk(place).standing.written)
    drafts = list(sitting.drafts)
    try:
        save_in(sitting, place, {"DIABP": "130", "WEIGHT": "80.0"}, sitting.desk(place).standing.version, Act())
    except Blocked:
        pass
    else:
        raise AssertionError("the hard check did not block")
    assert sitting.desk(place).standing.written == written
    assert sitting.drafts == drafts
    sitting.commit()
    assert "BMI" not in ward.values("V1", "VS")
    assert ward.values("V1", "VS")["SYSBP"] == "120"


def test_acts_of_one_sitting_see_each_other_and_are_committed_together(ward: Ward) -> None:
    from trialkit.conduct.capture import Act, save_in
    from trialkit.conduct.sitting import Sitting

    sitting = Sitting(ward.trial, ward.ana, SUBJECT)
    save_in(sitting, ward.place("LOG", "IC"), {"ICVER": "1.0", "ICDAT": "2026-02-20"}, 0, Act())
    save_in(sitting, ward.place("LOG", "AE"), {"AETERM": "Cold", "AESTDAT": "2026-01", "AESER": "N"}, 0, Act())
    assert ward.values("LOG", "AE") == {}
    sitting.commit()
    assert ward.queries() == ["A14"]


def test_a_look_kept_from_answer_to_answer_tells_what_a_new_one_would_whoever_saves_meanwhile(ward: Ward) -> None:
    dice = random.Random(20261126)
    kept = {place: Rehearsal(ward.trial, ward.ana, ward.place(*place)) for place in CHOICES}
    moved = 0
    for _ in range(60):
        if dice.random() < 0.3:
            before = ward.store.size
            _act(ward, dice)
            moved += ward.store.size > before
        event, form = dice.choice(list(CHOICES))
        items = CHOICES[event, form]
        typed = {item: dice.choice(items[item]) for item in dice.sample(list(items), dice.randint(0, len(items)))}
        assert told(kept[event, form].look(typed)) == told(
            preview(ward.trial, ward.ana, ward.place(event, form), typed)
        )
    assert moved > 5


def told(look: Preview) -> dict[str, object]:
    """Everything a preview says; refusals by their words."""
    return {
        **{name: getattr(look, name) for name in look.__slots__},
        "refused": {p: str(w) for p, w in look.refused.items()},
    }
