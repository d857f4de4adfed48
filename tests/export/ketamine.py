"""A small infusion trial: enough of a study, and one subject whose infusion was stopped."""

from __future__ import annotations

from tests.cast import DEE, ITO, MO, UMA
from tests.export.memory import MemoryTrial, study
from trialkit.export.deliverable import DELIVERABLE, Casebook
from trialkit.export.source import SignatureRow
from trialkit.ledger.entry import Actor, Place, Written
from trialkit.study.model import Study

SYSTEM = Actor("system", "System", "system", "trialkit")
POINTS = {
    "PRE": {"label": "Before infusion"},
    "T5": {"label": "5 min", "minute": "5"},
    "T10": {"label": "10 min", "minute": "10"},
    "T20": {"label": "20 min", "minute": "20"},
    "E60": {"label": "60 min after end"},
    "ADHOC": {"label": "Ad hoc", "repeats": "yes"},
}
CODELISTS = {
    "SEX": {"title": "Sex", "codes": {"F": "Female", "M": "Male"}},
    "ECACT": {
        "title": "Step",
        "codes": {
            "START": "Start",
            "REDUCE": "Rate reduced",
            "PAUSE": "Pause",
            "STOP": "Stopped for good",
            "END": "End",
        },
    },
    "ECADJ": {
        "title": "Reason",
        "codes": {"BP": "Blood pressure above limit", "SEDATION": "Sedation", "REQUEST": "Subject asked"},
    },
    "SYM": {
        "title": "Symptoms",
        "codes": {"NONE": "None", "HEADACHE": "Headache", "NAUSEA": "Nausea", "DIZZY": "Dizziness"},
    },
    "TOXGR": {"title": "Grade", "codes": {"1": "Mild", "2": "Moderate", "3": "Severe"}},
}
DM = {
    "oid": "DM",
    "title": "Demographics",
    "groups": {
        "DEMOG": {
            "title": "Demographics",
            "items": {
                "BRTHYR": {"label": "Year of birth", "type": "integer"},
                "SEX": {"label": "Sex", "type": "code", "codelist": "SEX"},
                "INITIALS": {"label": "Initials", "identifier": "yes", "optional": "yes"},
                "CONSDAT": {"label": "Date of consent", "type": "date"},
                "CONSTIM": {"label": "Time of consent", "type": "time"},
                "NOTE": {"label": "Note", "optional": "yes", "length": "4000"},
            },
        }
    },
}
EC = {
    "oid": "EC",
    "title": "Infusion record",
    "entered_by": ["nurse"],
    "groups": {
        "INFUSION": {
            "title": "Infusion",
            "items": {
                "ECSTDAT": {"label": "Start date", "type": "date"},
                "ECSTTIM": {"label": "Start time", "type": "time"},
                "ECENTIM": {"label": "End time", "type": "time"},
                "ECVOLT": {"label": "Volume given", "type": "decimal", "unit": "mL", "compute": "ECPCT * 0.5"},
                "ECPCT": {
                    "label": "Percent of planned",
                    "type": "decimal",
                    "unit": "%",
                    "soft": {"low": "90", "high": "110"},
                },
                "ECCOMP": {"label": "Completed as planned", "type": "yesno"},
                "ECBY": {"label": "Infusion nurse", "type": "person"},
                "ECDOSE": {"label": "Actual dose", "type": "decimal", "unit": "mg", "visibility": "unblinded"},
                "ECWHY": {"label": "Why not completed", "when": "ECCOMP == 'N'"},
            },
        },
        "STEPS": {
            "title": "Steps",
            "rows": "yes",
            "items": {
                "ECSTIM": {"label": "Clock time", "type": "time"},
                "ECSACT": {"label": "Action", "type": "code", "codelist": "ECACT"},
                "ECSRATE": {"label": "New rate", "type": "decimal", "unit": "mL/h"},
                "ECSADJ": {"label": "Reason", "type": "code", "codelist": "ECADJ", "optional": "yes"},
                "ECSORD": {"label": "Ordered by", "type": "person", "optional": "yes"},
                "ECSMG": {"label": "Dose in step", "type": "decimal", "unit": "mg", "visibility": "unblinded"},
            },
        },
    },
}
IM = {
    "oid": "IM",
    "title": "Monitoring",
    "groups": {
        "GRID": {
            "title": "Monitoring grid",
            "timepoints": POINTS,
            "items": {
                "IMTIM": {"label": "Clock time", "type": "time"},
                "SYSBP": {"label": "Systolic blood pressure", "type": "integer", "unit": "mmHg"},
                "DIABP": {"label": "Diastolic blood pressure", "type": "integer", "unit": "mmHg"},
                "PULSE": {"label": "Pulse", "type": "integer", "unit": "beats/min"},
                "RESP": {"label": "Respiration", "type": "integer", "unit": "breaths/min"},
                "OXYSAT": {"label": "Oxygen saturation", "type": "integer", "unit": "%"},
                "IMMOAA": {"label": "MOAA/S", "type": "integer"},
                "IMSYM": {"label": "Symptoms", "type": "codes", "codelist": "SYM"},
                "IMBY": {"label": "Observer", "type": "person"},
            },
        }
    },
}
AE = {
    "oid": "AE",
    "title": "Adverse event",
    "repeating": "yes",
    "groups": {
        "EVENT": {
            "title": "The event",
            "items": {
                "AETERM": {"label": "What happened"},
                "AESTDAT": {"label": "Start", "type": "partialDate"},
                "AETOXGR": {"label": "Grade", "type": "code", "codelist": "TOXGR"},
                "AESER": {"label": "Serious", "type": "yesno"},
            },
        }
    },
    "checks": {"AE-004": {"require": "AESER == 'N'", "message": "Serious?", "item": "AESER"}},
}
DP = {
    "oid": "DP",
    "title": "Dose preparation",
    "visibility": "unblinded",
    "groups": {
        "PREP": {
            "title": "Preparation",
            "items": {
                "DPDRUG": {"label": "Drug in the syringe"},
            },
        }
    },
}
FILE = {
    "oid": "KET-TRD-301",
    "title": "Repeated intravenous ketamine in treatment-resistant depression",
    "version": "1.0",
    "protocol": "2.1",
    "sponsor": "Example Sponsor",
    "missing_reasons": {"ND": "Not done", "UNK": "Unknown"},
    "change_reasons": {"TRANSCRIPTION": "Transcription error", "NEWINFO": "New information"},
    "events": {
        "V1": {"title": "Screening", "forms": ["DM"]},
        "V3": {"title": "Infusion 1", "forms": ["DP", "EC", "IM"], "dosing": "yes"},
        "V4": {"title": "Infusion 2", "forms": ["DP", "EC", "IM"], "dosing": "yes"},
        "LOG": {"title": "Logs", "kind": "common", "forms": ["AE"]},
    },
}
CASEBOOK = {
    "kind": "casebook",
    "title": "Subject casebook",
    "short_title": "Ketamine in depression",
    "moments": [
        {"title": "Consent", "form": "DM", "date": "CONSDAT", "time": "CONSTIM", "before": "First infusion"},
        {"title": "First infusion", "form": "EC", "date": "ECSTDAT", "time": "ECSTTIM"},
        {"title": "Last infusion", "form": "EC", "date": "ECSTDAT", "time": "ECSTTIM", "take": "last"},
    ],
    "timelines": [
        {
            "title": "The infusion as it happened",
            "start": "EC.ECSTTIM",
            "absent": {
                "item": "EC.ECCOMP",
                "codes": ["N"],
                "title": "Readings; no infusion was given",
                "unknown": "Readings; no start recorded",
            },
            "facts": ["EC.ECVOLT", "EC.ECPCT", "EC.ECCOMP", "EC.ECWHY"],
            "rows": [
                {"group": "EC.STEPS", "time": "ECSTIM", "bold": {"ECSACT": ["PAUSE", "STOP", "REDUCE"]}},
                {"group": "IM.GRID", "time": "IMTIM"},
            ],
            "columns": [
                {"title": "Step", "group": "EC.STEPS", "items": ["ECSACT", "ECSRATE"], "units": "yes", "share": "2.2"},
                {"title": "Reason, ordered by", "group": "EC.STEPS", "items": ["ECSADJ", "ECSORD"], "share": "2.2"},
                {
                    "title": "Blood pressure [mmHg]",
                    "group": "IM.GRID",
                    "items": ["SYSBP", "DIABP"],
                    "separator": " / ",
                    "share": "1.4",
                },
                {"title": "Pulse", "group": "IM.GRID", "items": ["PULSE"], "share": "0.9"},
                {"title": "SpO2 [%]", "group": "IM.GRID", "items": ["OXYSAT"], "share": "0.9"},
                {"title": "MOAA/S", "group": "IM.GRID", "items": ["IMMOAA"], "share": "1"},
                {"title": "Symptoms", "group": "IM.GRID", "items": ["IMSYM"], "share": "1.6"},
            ],
        }
    ],
}


def ketamine() -> Study:
    return study(FILE, CODELISTS, [DM, DP, EC, IM, AE], "one")


def plan() -> Casebook:
    found = DELIVERABLE.validate_python(CASEBOOK)
    assert isinstance(found, Casebook)
    return found


def place(event: str, form: str, number: int = 1) -> Place:
    return Place("01", "01-0001", event, 1, form, number)


def stopped_infusion(kind: str = "training") -> MemoryTrial:
    """Subject 01-0001 of site 01: screened, infusion stopped for blood pressure, values corrected, queries raised."""
    trial = MemoryTrial(ketamine(), kind=kind)
    dm = place("V1", "DM")
    trial.save(
        dm,
        {
            "BRTHYR": "1984",
            "SEX": "F",
            "CONSDAT": "2026-01-12",
            "CONSTIM": "09:10",
            "NOTE": "=1+1 looks like a formula",
        },
    )
    trial.save(place("V3", "DP"), {}, who=UMA, hidden={"DPDRUG": "ketamine hydrochloride"})
    steps = [
        ("10:02", "START", "75", None, None),
        ("10:12", "REDUCE", "37.5", "BP", "ito"),
        ("10:21", "STOP", "0", "BP", "ito"),
    ]
    ec = {
        "ECSTDAT": "2026-01-15",
        "ECSTTIM": "10:02",
        "ECENTIM": "10:21",
        "ECVOLT": "18.1",
        "ECPCT": "36.2",
        "ECCOMP": "N",
        "ECBY": "ana",
        "ECWHY": "Blood pressure stayed above the limit after the rate was halved; headache",
    }
    for number, (at, action, rate, why, by) in enumerate(steps, 1):
        row = {"ECSTIM": at, "ECSACT": action, "ECSRATE": rate, "ECSADJ": why, "ECSORD": by}
        ec |= {f"STEPS[{number}].{item}": value for item, value in row.items() if value is not None}
    trial.save(place("V3", "EC"), ec, hidden={"ECDOSE": "14.48", "STEPS[1].ECSMG": "10.0"})
    grid = [
        ("PRE", "09:40", 128, 82, 72, 14, 98, 5, ["NONE"]),
        ("T5", "10:07", 141, 88, 84, 15, 98, 5, ["DIZZY"]),
        ("T10", "10:12", 168, 97, 96, 16, 97, 4, ["HEADACHE", "DIZZY"]),
        ("ADHOC.1", "10:17", 176, 104, 99, 16, 97, 4, ["HEADACHE"]),
        ("T20", "10:21", 184, 112, 104, 17, 96, 4, ["HEADACHE", "NAUSEA"]),
        ("E60", "11:21", 132, 84, 76, 14, 98, 5, ["NONE"]),
    ]
    im: dict[str, Written] = {}
    for point, at, *numbers, symptoms in grid:
        row_items = ("SYSBP", "DIABP", "PULSE", "RESP", "OXYSAT", "IMMOAA")
        im |= {f"GRID[{point}].{item}": str(number) for item, number in zip(row_items, numbers, strict=True)}
        im |= {f"GRID[{point}].IMTIM": at, f"GRID[{point}].IMSYM": symptoms, f"GRID[{point}].IMBY": "ana"}
    im["GRID[PRE].RESP"] = {"m": "ND"}
    trial.save(place("V3", "IM"), im)
    trial.save(place("LOG", "AE", 1), {"AETERM": "Hypertension", "AESTDAT": "2026-01-15", "AETOXGR": "3", "AESER": "N"})
    trial.save(place("LOG", "AE", 2), {"AETERM": "Headache", "AESTDAT": "2026-01", "AETOXGR": "1", "AESER": "N"})
    query = "query/01-0001/V3.1/EC.1/EC-007/ECPCT/1"
    check = {"kind": "check", "check": "EC-007"}
    asked = {"item": "ECPCT", "check": "EC-007", "text": "Less than 90 % was given. Is the reason recorded?"}
    trial.save(place("V3", "EC"), asked, who=SYSTEM, act="query.open", status="OPEN", stream=query, origin=check)
    said = {"thread[1]": "Yes: stopped for blood pressure, see steps."}
    trial.save(place("V3", "EC"), said, act="query.answer", status="ANSWERED", stream=query)
    trial.save(place("V3", "EC"), {"thread[2]": "Thank you."}, who=MO, act="query.close", status="CLOSED", stream=query)
    other = "query/01-0001/V1.1/DM.1/MANUAL/BRTHYR/1"
    asked = {"item": "BRTHYR", "check": "MANUAL", "text": "Source says 1948. Please look again."}
    trial.save(dm, asked, who=MO, act="query.open", status="OPEN", stream=other)
    trial.save(
        dm,
        {"BRTHYR": "1948", "NOTE": None},
        reason="TRANSCRIPTION",
        text="digits were swapped, passport seen",
        act="record.correct",
    )
    trial.save(
        place("V3", "IM"),
        {"GRID[T10].SYSBP": "166"},
        who=ITO,
        reason="TRANSCRIPTION",
        text="monitor print-out shows 166",
        act="record.correct",
    )
    trial.save(
        place("LOG", "AE", 2),
        {"@inactive": "Y"},
        who=DEE,
        reason="NEWINFO",
        text="part of event 1, entered twice",
        act="record.inactivate",
    )
    trial.all_signatures.append(
        SignatureRow(
            place("V3", "EC"), "Dr Kenji Ito", "investigator", "I reviewed this record", trial.acts[-1].at, "valid"
        )
    )
    return trial
