"""The pilot study's forms and mappings, from the command line, with a delivery invented for this test.

The same command runs over the real public files: `make pilot DATA=folder` (docs/importing.md).
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trialkit.cli import app
from trialkit.cli.rehearsing import PASSPHRASE, PASSWORD

ROOT = Path(__file__).parents[2]
STUDY, EXPORTS = ROOT / "forms/cdisc_pilot", ROOT / "exports/cdisc_pilot"
MAPPINGS = STUDY / "import"

DM_COLUMNS = (
    "STUDYID,DOMAIN,USUBJID,SUBJID,RFSTDTC,RFENDTC,RFXSTDTC,RFXENDTC,RFICDTC,RFPENDTC,DTHDTC,DTHFL,SITEID,AGE,AGEU,SEX,"
    "RACE,ETHNIC,ARMCD,ARM,ACTARMCD,ACTARM,COUNTRY,DMDTC,DMDY"
)
PLACEBO, LOW, FAILED = "Pbo,Placebo", "Xan_Lo,Xanomeline Low Dose", "Scrnfail,Screen Failure"


def person(subject: str, dates: str, age: str, sex: str, arm: str, collected: str) -> str:
    _, site, number = subject.split("-")
    start = f"CDISCPILOT01,DM,{subject},{number},{dates},{site},{age},YEARS,{sex}"
    return f"{start},ASIAN,NOT HISPANIC OR LATINO,{arm},{arm},USA,{collected},"


TREATED = "2020-01-02,2020-01-20,2020-01-02,2020-01-20,,2020-01-20T11:45,,"
DM = "\n".join(
    (
        DM_COLUMNS,
        person("01-901-0001", TREATED, "63.0", "F", PLACEBO, "2019-12-26"),
        person("01-902-0002", ",,,,,2020-03-04,2020-03-04,Y", "71.5", "M", LOW, "2020-03-01"),
        person("01-902-0003", ",,,,,2020-03-09,,", "49.0", "M", FAILED, "2020-03-01"),
        "",
    )
)
SV = """\
STUDYID,DOMAIN,USUBJID,VISITNUM,VISIT,VISITDY,EPOCH,SVSTDTC,SVENDTC,SVSTDY,SVENDY,SVUPDES
CDISCPILOT01,SV,01-901-0001,1.0,SCREENING 1,-7.0,SCREENING,2019-12-26,2019-12-26,-7.0,-7.0,
CDISCPILOT01,SV,01-901-0001,9.3,UNSCHEDULED 9.3,,,2020-01-12,2020-01-12,11.0,11.0,Tick bite
"""
VS_COLUMNS = (
    "STUDYID,DOMAIN,USUBJID,VSSEQ,VSTESTCD,VSTEST,VSPOS,VSORRES,VSORRESU,VSSTRESC,VSSTRESN,VSSTRESU,VSSTAT,VSLOC,VSBLFL,"
    "VISITNUM,VISIT,VISITDY,EPOCH,VSDTC,VSDY,VSTPT,VSTPTNUM,VSELTM,VSTPTREF"
)
LYING = "AFTER LYING DOWN FOR 5 MINUTES,815.0,PT5M,PATIENT SUPINE"
STOOD = "AFTER STANDING FOR 1 MINUTE,816.0,PT1M,PATIENT STANDING"
AE_COLUMNS = (
    "STUDYID,DOMAIN,USUBJID,AESEQ,AESPID,AETERM,AELLT,AELLTCD,AEDECOD,AEPTCD,AEHLT,AEHLTCD,AEHLGT,AEHLGTCD,AEBODSYS,AEBDSYCD,"
    "AESOC,AESOCCD,AESEV,AESER,AEACN,AEREL,AEOUT,AESCAN,AESCONG,AESDISAB,AESDTH,AESHOSP,AESLIFE,AESOD,EPOCH,AEDTC,AESTDTC,"
    "AEENDTC,AEDY,AESTDY,AEENDY"
)


def vital(
    code: str,
    name: str,
    value: str,
    unit: str,
    point: str,
    *,
    stat: str = "",
    place: str = "",
    visit: str = "SCREENING 1",
) -> str:
    position = "" if not point else "SUPINE" if "815" in point else "STANDING"
    start = (
        f"CDISCPILOT01,VS,01-901-0001,1.0,{code},{name},{position},{value},{unit},,,,{stat},{place},,1.0,{visit},-7.0,"
    )
    return f"{start}SCREENING,2019-12-26,-7.0,{point or ',,,'}"


VS = "\n".join(
    (
        VS_COLUMNS,
        vital("SYSBP", "Systolic Blood Pressure", "131", "mmHg", LYING),
        vital("DIABP", "Diastolic Blood Pressure", "64", "mmHg", LYING),
        vital("PULSE", "Pulse Rate", "", "", LYING, stat="NOT DONE"),
        vital("SYSBP", "Systolic Blood Pressure", "90", "mmHg", STOOD),
        vital("DIABP", "Diastolic Blood Pressure", "95", "mmHg", STOOD),
        vital("PULSE", "Pulse Rate", "70", "beats/min", STOOD),
        vital("TEMP", "Temperature", "097.0", "F", "", place="EAR"),
        vital("TEMP", "Temperature", "97.8", "F", "", place="EAR", visit="BASELINE"),
        vital("WEIGHT", "Weight", "60", "stone", "", visit="BASELINE"),
        vital("RESP", "Respiratory Rate", "12", "breaths/min", "", visit="BASELINE"),
        vital("SYSBP", "Systolic Blood Pressure", "18", "kPa", LYING, visit="BASELINE"),
        vital("TEMP", "Temperature", "36.6", "C", "", place="EAR", visit="WEEK 3"),
        "",
    )
)


def event(number: int, term: str, hospital: str, start: str, end: str) -> str:
    coded = "LLT,,PT,,HLT,,HLGT,,SOC,,SOC,"
    criteria = f"N,N,N,N,{hospital},N,N"
    head = f"CDISCPILOT01,AE,01-901-0001,{number}.0,,{term},{coded},MILD,N,,NONE,RECOVERED/RESOLVED"
    return f"{head},{criteria},,2020-01-03,{start},{end},,,"


AE = "\n".join(
    (
        AE_COLUMNS,
        event(1, "=RASH(1)", "Y", "2020-01", "2020-01-05"),
        event(2, '"FELL, TWICE"', "N", "2020-01-05", "2020-01-04"),
        "",
    )
)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    data = tmp_path_factory.mktemp("delivery")
    for name, text in (("dm", DM), ("sv", SV), ("vs", VS), ("ae", AE)):
        (data / f"{name}.csv").write_text(text)
    out = tmp_path_factory.mktemp("rehearsal") / "out"
    arguments = ["import", "rehearse", str(STUDY), str(data), "--exports", str(EXPORTS), "--out", str(out)]
    return data, out, CliRunner().invoke(app, arguments, catch_exceptions=False)


def report(out: Path, name: str) -> list[dict[str, str]]:
    return rows(out / "reports" / f"{name}.csv")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_whole_delivery_goes_in_is_verified_and_comes_out_equal(rehearsal: tuple[Path, Path, Result]) -> None:
    _, _, result = rehearsal
    assert result.exit_code == 0, result.output
    said = result.output
    assert "dm.csv: 3 rows: 2 accepted, 0 unchanged, 1 refused (written)" in said
    assert "vs.csv: 12 rows: 6 accepted, 0 unchanged, 6 refused (written)" in said
    assert said.count("once more: 0 entries") == 4
    assert said.count(", 0 differ") == 4
    assert "1 numbers lost nothing but leading zeros" in said
    assert "agree with their commitments and tags" in said


def test_every_refusal_says_what_is_wrong_in_the_file(rehearsal: tuple[Path, Path, Result]) -> None:
    _, out, _ = rehearsal
    told = {int(row["ROW"]): (row["CHECK"], row["REASON"]) for row in report(out, "vs") if row["VERDICT"] == "refused"}
    assert told == {
        4: ("VS-01", "The diastolic pressure (95) is not below the systolic (90)."),
        5: ("VS-01", "The diastolic pressure (95) is not below the systolic (90)."),
        9: ("", "WEIGHT_VSORRESU: 'stone' is not in the code list"),
        10: ("", "VSTEST is 'Respiratory Rate' where VSTESTCD is 'RESP'"),
        11: ("", "VSORRESU is 'kPa', expected was 'mmHg'"),
        12: ("", "VISIT 'WEEK 3' is not in the mapping's table"),
    }
    [age] = [row for row in report(out, "dm") if row["VERDICT"] == "refused"]
    assert (age["SUBJECT"], age["REASON"]) == ("01-902-0002", "AGE '71.5' is not a whole number")
    [fall] = [row for row in report(out, "ae") if row["VERDICT"] == "refused"]
    assert fall["CHECK"] == "AE-01"


def test_an_accepted_row_carries_the_queries_that_it_raised(rehearsal: tuple[Path, Path, Result]) -> None:
    _, out, _ = rehearsal
    rash = report(out, "ae")[0]
    assert rash["QUERIES"] == "AE-02: The event is not serious, but meets a criterion of seriousness."
    assert "DM-01: The subject is 49 years old" in report(out, "dm")[2]["QUERIES"]


def test_the_exported_tables_hold_what_the_files_said_read_without_the_mapping(
    rehearsal: tuple[Path, Path, Result],
) -> None:
    _, out, _ = rehearsal
    [lying, stood] = rows(out / "export" / "training-csv-forms-vs-readings.csv")
    assert (lying["SUBJID"], lying["EVENT"], lying["ROW"]) == ("01-901-0001", "S1", "T815")
    assert (lying["SYSBP_VSORRES"], lying["DIABP_VSORRES"]) == ("131", "64")
    assert (lying["PULSE_VSORRES"], lying["PULSE_VSORRES_MISSING"]) == ("", "ND")
    assert (stood["SYSBP_VSORRES"], stood["PULSE_VSORRES"]) == ("", "70")
    visits = {row["EVENT"]: row for row in rows(out / "export" / "training-csv-forms-vs.csv")}
    assert {event: (row["TEMP_VSORRES"], row["TEMP_VSLOC"]) for event, row in visits.items()} == {
        "S1": ("97.0", "EAR"),
        "BL": ("97.8", "EAR"),
    }
    [person, _] = rows(out / "export" / "training-csv-forms-dm.csv")
    assert [person[name] for name in ("AGE", "RFPENDAT", "RFPENTIM", "ARMCD")] == ["63", "2020-01-20", "11:45", "Pbo"]
    [rash] = rows(out / "export" / "training-csv-forms-ae.csv")
    assert (rash["AETERM"], rash["AESTDAT"], rash["FORM_REPEAT"]) == ("'=RASH(1)", "2020-01", "1")
    assert [row["EVENT_REPEAT"] for row in rows(out / "export" / "training-csv-forms-sv.csv")] == ["1", "93"]


def run(out: Path, *arguments: str, user: str = "ana") -> Result:
    store = {
        "TRIALKIT_STORE": str(out / "store.db"),
        "TRIALKIT_KEYS": str(out / "keys"),
        "TRIALKIT_PASSPHRASE": PASSPHRASE,
    }
    who = {"TRIALKIT_USER": user, "TRIALKIT_PASSWORD": PASSWORD}
    return CliRunner().invoke(app, ["import", *arguments], env=store | who)


def test_the_command_tries_by_default_and_writes_when_told(
    rehearsal: tuple[Path, Path, Result], tmp_path: Path
) -> None:
    data, out, _ = rehearsal
    later = tmp_path / "ae.csv"
    later.write_text((data / "ae.csv").read_text().replace("2020-01-04,,,", "2020-01-06,,,"))
    arguments = ("csv", str(MAPPINGS / "ae.yaml"), str(later), "--report", str(tmp_path / "report.csv"))
    tried = run(out, *arguments)
    assert (tried.exit_code, "1 accepted, 1 unchanged, 0 refused (tried, nothing written)" in tried.output) == (0, True)
    written = run(out, *arguments, "--commit")
    assert "1 accepted, 1 unchanged, 0 refused (written)" in written.output
    again = run(out, *arguments, "--commit")
    assert "0 accepted, 2 unchanged, 0 refused (written)" in again.output
    assert [row["VERDICT"] for row in rows(tmp_path / "report.csv")] == ["unchanged"] * 2


def test_refused_rows_and_differences_end_with_status_1(rehearsal: tuple[Path, Path, Result], tmp_path: Path) -> None:
    data, out, _ = rehearsal
    refused = run(out, "csv", str(MAPPINGS / "vs.yaml"), str(data / "vs.csv"))
    assert refused.exit_code == 1
    assert "refused 2: VS-01" in refused.output
    altered = tmp_path / "sv.csv"
    altered.write_text(SV.replace("Tick bite", "Bee sting"))
    compared = run(out, "compare", str(MAPPINGS / "sv.yaml"), str(altered), str(out / "export"))
    assert compared.exit_code == 1
    assert "SVUPDES: file 'Bee sting', export 'Tick bite'" in compared.output
    assert run(out, "compare", str(MAPPINGS / "sv.yaml"), str(data / "sv.csv"), str(out / "export")).exit_code == 0


def test_an_administrator_adds_the_sites_that_a_file_names(
    rehearsal: tuple[Path, Path, Result], tmp_path: Path
) -> None:
    _, out, _ = rehearsal
    more = tmp_path / "dm.csv"
    more.write_text(DM.replace("01-902-", "01-903-"))
    arguments = ("sites", str(MAPPINGS / "dm.yaml"), str(more), "--zone", "America/New_York", "--country", "USA")
    assert "2 sites in dm.csv, 1 added: 903" in run(out, *arguments, user="adi").output
    assert "2 sites in dm.csv, 0 added: none" in run(out, *arguments, user="adi").output


@pytest.mark.parametrize("name", ["ae", "dm", "ds", "ex", "sv", "vs"])
def test_every_mapping_of_the_pilot_fits_its_study(name: str) -> None:
    checked = CliRunner().invoke(app, ["import", "check", str(MAPPINGS / f"{name}.yaml"), str(STUDY)])
    assert checked.exit_code == 0, checked.output
