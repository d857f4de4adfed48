"""An outside file goes the same way as typing: rights, checks, queries, ledger; every row is answered for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.conduct.importing_texts import GRID, LOG, VITALS, vital, write
from tests.fixtures_store import Made
from tests.ward import SUBJECT, Clock, Ward, write_study
from tests.ward_study import FORMS
from trialkit.access.identity import system
from trialkit.conduct.importing import Imported, import_csv
from trialkit.conduct.importing_record import spans
from trialkit.conduct.reason import Reason
from trialkit.errors import StaleRecord, WrongFile
from trialkit.ledger.entry import Draft, Receipt


def verdicts(done: Imported) -> list[str]:
    return [outcome.verdict for outcome in done.outcomes]


def reasons(done: Imported) -> list[str]:
    return [outcome.sentence for outcome in done.outcomes if outcome.verdict == "refused"]


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(ward: Ward, tmp_path: Path) -> None:
    files = write(tmp_path, VITALS, vital(), vital("01-0002"), vital(sys="999", visit="DOSING"))
    size = ward.store.size
    tried = import_csv(ward.trial, ward.ana, *files)
    assert (ward.store.size, tried.committed) == (size, False)
    assert verdicts(tried) == ["accepted", "accepted", "refused"]
    done = import_csv(ward.trial, ward.ana, *files, commit=True)
    assert (done.outcomes, done.entries, done.enrolled) == (tried.outcomes, tried.entries, tried.enrolled)
    assert ward.store.size == size + done.entries


def test_each_entry_names_the_file_its_hash_and_the_rows_it_came_from(ward: Ward, tmp_path: Path) -> None:
    """P11-05: the audit trail tells where imported values came from."""
    files = write(tmp_path, VITALS, vital(), vital(visit="DOSING"))
    done = import_csv(ward.trial, ward.ana, *files, commit=True)
    saves = list(ward.trial.everything().entries(act="record.save"))
    assert [dict(entry.origin) for entry in saves] == [
        {"kind": "import", "file": "data.csv", "sha256": done.sha256, "row": row} for row in (1, 2)
    ]
    assert {entry.actor.name for entry in saves} == {"Ana Souza"}


def test_a_second_run_finds_everything_unchanged_and_writes_nothing(ward: Ward, tmp_path: Path) -> None:
    files = write(tmp_path, VITALS, vital(), vital("01-0002", sys="", dia=""))
    import_csv(ward.trial, ward.ana, *files, commit=True)
    size = ward.store.size
    again = import_csv(ward.trial, ward.ana, *files, commit=True)
    assert (verdicts(again), again.entries, ward.store.size) == (["unchanged"] * 2, 0, size)


def test_a_value_that_differs_needs_a_reason_and_keeps_its_history(ward: Ward, tmp_path: Path) -> None:
    import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, vital(), vital("01-0002")), commit=True)
    changed = vital(sys="130"), vital("01-0002")
    silent = VITALS.replace("reason: SOURCE\n", "").replace("because: The laboratory sent the file anew\n", "")
    refused = import_csv(ward.trial, ward.ana, *write(tmp_path, silent, *changed), commit=True)
    assert verdicts(refused) == ["refused", "unchanged"]
    assert "needs a reason" in reasons(refused)[0]
    said = Reason("SOURCE", "The analyser was calibrated again")
    taken = import_csv(ward.trial, ward.ana, *write(tmp_path, silent, *changed), commit=True, reason=said)
    assert verdicts(taken) == ["accepted", "unchanged"]
    [entry] = ward.trial.everything().entries(act="record.correct")
    assert (entry.reason, [shown.change.old for shown in entry.changes][:1]) == ("SOURCE", ["120"])


def test_a_data_manager_brings_values_but_never_changes_one_that_stands(ward: Ward, tmp_path: Path) -> None:
    """What the site answers for is changed by the site (ICH E6(R3) 4.2); who imports says so in the ledger."""
    lines = vital(), vital(visit="DOSING")
    brought = import_csv(ward.trial, ward.dee, *write(tmp_path, VITALS, lines[0]), commit=True)
    assert verdicts(brought) == ["accepted"]
    changed = import_csv(ward.trial, ward.dee, *write(tmp_path, VITALS, vital(sys="130"), lines[1]), commit=True)
    assert verdicts(changed) == ["refused", "accepted"]
    assert ward.values("V1", "VS")["SYSBP"] == "120"


def test_who_may_not_import_is_refused_once_a_site_and_the_attempt_is_an_entry(ward: Ward, tmp_path: Path) -> None:
    files = write(tmp_path, VITALS, vital(), vital(visit="DOSING"))
    done = import_csv(ward.trial, ward.mo, *files, commit=True)
    assert verdicts(done) == ["refused"] * 2
    assert len(list(ward.trial.everything().entries(act="attempt.refused"))) == 1


def test_a_coordinator_imports_only_at_her_own_site(ward: Ward, tmp_path: Path) -> None:
    elsewhere = acting("coordinator", sites=frozenset({"02"}))
    done = import_csv(ward.trial, elsewhere, *write(tmp_path, VITALS, vital()), commit=True)
    assert verdicts(done) == ["refused"]
    assert ward.values("V1", "VS") == {}


def test_a_wrong_value_refuses_its_row_and_leaves_the_others(ward: Ward, tmp_path: Path) -> None:
    lines = (
        vital(sys="12O"), vital(sys="120.5", visit="DOSING"), vital("01-0002", visit="SCREENNING"),
        vital("01-0002", date="2026-13-01"), vital("01-0003"), vital("01-0004", study="OTHER"), vital("1-5"),
        vital("01-0006", sick="maybe"), vital("01-0007", date="2031-01-01"), vital("01-0008", what="a cold", sick="no"),
    )  # fmt: skip
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, *lines), commit=True)
    assert verdicts(done) == ["refused"] * 4 + ["accepted"] + ["refused"] * 5
    for sentence, part in zip(reasons(done), (
        "SYS '12O' is not a whole number", "SYS '120.5' is not a whole number", "VISIT 'SCREENNING' is not in the",
        "VSDAT: '2026-13-01' is no day", "STUDY is 'OTHER', expected was 'WARD-1'", "SUBJ '1-5' is not of the form",
        "SICK 'maybe' is not in the", "lies in the future", "SICKTXT: this answer is not expected",
    ), strict=True):  # fmt: skip
        assert part in sentence
    assert done.outcomes[2].hint == "did you mean SCREENING?"
    assert done.enrolled == ("01-0003",)


def test_a_hard_check_refuses_the_row_and_is_named(ward: Ward, tmp_path: Path) -> None:
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, vital(sys="80", dia="90")), commit=True)
    assert [(one.verdict, one.check) for one in done.outcomes] == [("refused", "L01")]
    assert done.reasons() == {"L01": 1}


def test_an_accepted_row_tells_the_queries_that_it_raised(ward: Ward, tmp_path: Path) -> None:
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, vital(sys="150")), commit=True)
    assert ("G02", "Unusual value") in [(check, text[:13]) for check, text in done.outcomes[0].queries]
    assert "G02" in ward.queries()


def test_not_done_becomes_a_typed_missing_value_and_never_beside_a_value(ward: Ward, tmp_path: Path) -> None:
    lines = vital(sys="", stat="NOT DONE"), vital(visit="DOSING", stat="NOT DONE")
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, *lines), commit=True)
    assert verdicts(done) == ["accepted", "refused"]
    assert ward.values("V1", "VS")["SYSBP"] == {"m": "ND"}
    assert "has the value '120' and is 'NOT DONE'" in reasons(done)[0]


def test_an_empty_cell_leaves_what_stands_unless_the_mapping_says_clear(ward: Ward, tmp_path: Path) -> None:
    import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, vital()), commit=True)
    empty = vital(dia="")
    left = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, empty), commit=True)
    assert (verdicts(left), ward.values("V1", "VS")["DIABP"]) == (["unchanged"], "80")
    clearing = VITALS.replace("  column: DIA\n", "  column: DIA\n  empty: clear\n")
    cleared = import_csv(ward.trial, ward.ana, *write(tmp_path, clearing, empty), commit=True)
    assert (verdicts(cleared), "DIABP" in ward.values("V1", "VS")) == (["accepted"], False)


def test_rows_of_one_record_come_together_and_a_wrong_one_stays_out(ward: Ward, tmp_path: Path) -> None:
    files = write(
        tmp_path, GRID, f"{SUBJECT},0,SYS,120,08:00", f"{SUBJECT},5,SYS,1x0,08:05", f"{SUBJECT},0,SYM,NAUSEA,",
        f"{SUBJECT},,SYS,110,08:10", f"{SUBJECT},5,PULSE,60,", header="SUBJ,MIN,TEST,VALUE,TIME",
    )  # fmt: skip
    done = import_csv(ward.trial, ward.ana, *files, commit=True)
    assert verdicts(done) == ["accepted", "refused", "accepted", "refused", "refused"]
    assert "nothing says which row" in reasons(done)[1]
    assert "no item of the mapping takes a row with TEST 'PULSE'" in reasons(done)[2]
    stands = ward.values("V2", "GRID")
    assert (stands["READING[PRE].RSYS"], stands["READING[PRE].RSYM"]) == ("120", ["NAUSEA"])
    assert not any("T5" in path for path in stands)
    [entry] = ward.trial.everything().entries(act="record.save")
    assert entry.origin["rows"] == "1,3"


def test_rows_that_contradict_each_other_are_both_refused(ward: Ward, tmp_path: Path) -> None:
    files = write(tmp_path, VITALS, vital(), vital(sys="130"), vital(visit="DOSING"), vital(visit="DOSING"))
    done = import_csv(ward.trial, ward.ana, *files, commit=True)
    assert verdicts(done) == ["refused", "refused", "accepted", "unchanged"]
    assert "SYSBP is '120' here and '130' in row 2" in reasons(done)[0]


def test_a_repeated_row_settles_no_contradiction(ward: Ward, tmp_path: Path) -> None:
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, vital(), vital(), vital(sys="130")), commit=True)
    assert verdicts(done) == ["refused"] * 3
    assert ward.values("V1", "VS") == {}


def test_a_log_has_a_record_for_each_number_of_its_lines(ward: Ward, tmp_path: Path) -> None:
    files = write(
        tmp_path, LOG,
        f"{SUBJECT},1.0,Headache,2026-01,N", f"{SUBJECT},2.0,Nausea,2026-01-05,N", f"{SUBJECT},0,X,2026,N",
        header="SUBJ,N,TERM,START,SER",
    )  # fmt: skip
    done = import_csv(ward.trial, ward.ana, *files, commit=True)
    assert verdicts(done) == ["accepted", "accepted", "refused"]
    assert ward.values("LOG", "AE", 2)["AETERM"] == "Nausea"


def test_a_formula_is_a_text_like_any_other_and_our_own_guard_comes_off(ward: Ward, tmp_path: Path) -> None:
    lines = f"{SUBJECT},1,=1+1,2026,N", f"{SUBJECT},2,'=1+1,2026,N"
    guarded = LOG.replace("form: AE\n", "form: AE\nguarded: yes\n")
    files = write(tmp_path, guarded, *lines, header="SUBJ,N,TERM,START,SER")
    assert verdicts(import_csv(ward.trial, ward.ana, *files, commit=True)) == ["accepted"] * 2
    assert [ward.values("LOG", "AE", n)["AETERM"] for n in (1, 2)] == ["=1+1", "=1+1"]


def test_a_subject_none_of_whose_rows_can_be_taken_is_not_enrolled(ward: Ward, tmp_path: Path) -> None:
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, vital("01-0009", sys="999")), commit=True)
    assert (verdicts(done), done.enrolled) == (["refused"], ())
    assert ward.trial.everything().record("subject/01-0009") is None


def test_a_subject_that_is_not_enrolled_is_refused_where_the_mapping_does_not_enrol(ward: Ward, tmp_path: Path) -> None:
    mapping = VITALS.replace("enrol: yes\n", "")
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, mapping, vital("01-0009"), vital()), commit=True)
    assert verdicts(done) == ["refused", "accepted"]


def test_an_unknown_site_is_told_with_the_remedy(ward: Ward, tmp_path: Path) -> None:
    done = import_csv(ward.trial, ward.dee, *write(tmp_path, VITALS, vital("09-0001")), commit=True)
    assert reasons(done) == ["there is no site 09"]
    assert "trialkit import sites" in done.outcomes[0].hint


def test_a_record_that_moves_during_the_import_is_read_again(ward: Ward, tmp_path: Path) -> None:
    files = write(tmp_path, VITALS, vital(), vital("01-0002"))
    append, others = ward.store.append, ["once"]

    def meddling(drafts: list[Draft], *, request: str | None = None) -> list[Receipt]:
        if others:
            others.clear()
            ward.save("V1", "VS", {"VSDAT": "2026-01-05", "WEIGHT": "70.0"})
        return append(drafts, request=request)

    ward.store.append = meddling  # type: ignore[method-assign,assignment]
    done = import_csv(ward.trial, ward.ana, *files, commit=True)
    ward.store.append = append  # type: ignore[method-assign]
    assert verdicts(done) == ["accepted"] * 2
    stands = ward.values("V1", "VS")
    assert (stands["WEIGHT"], stands["SYSBP"]) == ("70.0", "120")
    ward.store.verify()


def test_a_record_that_never_stands_still_is_refused_and_nothing_of_it_is_half_written(
    ward: Ward, tmp_path: Path
) -> None:
    size = ward.store.size

    def never(drafts: list[Draft], *, request: str | None = None) -> list[Receipt]:
        raise StaleRecord("the record moved", "read it again")

    append = ward.store.append
    ward.store.append = never  # type: ignore[method-assign,assignment]
    done = import_csv(ward.trial, ward.ana, *write(tmp_path, VITALS, vital()), commit=True)
    ward.store.append = append  # type: ignore[method-assign]
    assert (verdicts(done), done.entries, ward.store.size) == (["refused"], 0, size)


def test_a_file_that_does_not_fit_its_mapping_is_refused_before_anything_is_read(ward: Ward, tmp_path: Path) -> None:
    files = write(
        tmp_path, VITALS, vital() + ",x", header="STUDY,SUBJECT,VISIT,DATE,SYS,DIA,STAT,SICK,WHAT,NOTE,DOCTOR"
    )
    with pytest.raises(WrongFile) as caught:
        import_csv(ward.trial, ward.ana, *files, commit=True)
    assert "column SUBJECT is not in the mapping (did you mean SUBJ?)" in str(caught.value)
    assert "column DOCTOR is not in the mapping (map it, or list it under ignore with the reason)" in str(caught.value)
    assert "there is no column SUBJ" in str(caught.value)


DOSES = """\
title: Doses
form: DOSE
explain:
  C02: The consent of that time is kept on paper at the site
place:
  site:
    value: "01"
  subject:
    column: SUBJ
  event:
    value: V2
items:
- to: DOSEDTM
  column: START
"""


def test_a_hard_check_on_a_past_event_passes_with_the_mapping_s_explanation_and_raises_a_deviation(
    ward: Ward, tmp_path: Path
) -> None:
    line = f"{SUBJECT},2026-01-05T09:00"
    silent = DOSES[: DOSES.index("explain:")] + DOSES[DOSES.index("place:") :]
    refused = import_csv(ward.trial, ward.ana, *write(tmp_path, silent, line, header="SUBJ,START"), commit=True)
    assert [outcome.check for outcome in refused.outcomes] == ["C02"]
    taken = import_csv(ward.trial, ward.ana, *write(tmp_path, DOSES, line, header="SUBJ,START"), commit=True)
    assert verdicts(taken) == ["accepted"]
    assert ward.values("LOG", "DV")["DVRULE"] == "C02"


def test_a_report_never_tells_a_blinded_person_what_a_check_read_behind_the_blind(
    make_store: Callable[..., Made], tmp_path: Path
) -> None:
    checks = FORMS["vs"].index("checks:\n") + len("checks:\n")
    spy = "  X01:\n    finding: SYSBP > 0 and DOSE.DOSEMG > 40\n"
    spy += "    message: The dose is {{DOSE.DOSEMG}} mg.\n    severity: {}\n"
    for severity in ("hard", "query"):
        clock = Clock()
        form = FORMS["vs"][:checks] + spy.format(severity) + FORMS["vs"][checks:]
        store = make_store(study_oid="WARD-1", clock=clock).store
        ward = Ward.open(store, clock, write_study(tmp_path / severity, vs=form))
        ward.save("V2", "DOSE", {"DOSEMG": "41.5"}, who=system())
        files = write(tmp_path, VITALS, vital(visit="DOSING"))
        done = import_csv(ward.trial, ward.ana, *files, commit=True)
        assert verdicts(done) == ["accepted"]
        assert "X01" in ward.queries()
        assert "41.5" not in repr(done.outcomes)


def test_numbers_of_rows_are_written_short() -> None:
    assert (spans([1]), spans([3, 1, 2, 7]), spans([1, 3])) == ("1", "1-3,7", "1,3")
