"""The pilot's vital signs brought in through `import csv`: 29,643 rows, all checks on, many rows in a transaction."""

from __future__ import annotations

import csv
import statistics
import time
from pathlib import Path
from random import Random

from benchmarks.clinic import Clinic
from benchmarks.measure import Figure, at_least
from benchmarks.options import Options
from trialkit.conduct.importing import import_csv, sites_in

STUDY = Path(__file__).parent.parent / "forms" / "cdisc_pilot"
SUBJECTS, SITES = 306, 17
VISITS = ("SCREENING 1", "SCREENING 2", "BASELINE", "WEEK 2", "WEEK 4", "WEEK 6", "WEEK 8", "WEEK 12", "WEEK 16")
COLUMNS = (
    "STUDYID", "DOMAIN", "USUBJID", "VSSEQ", "VSTESTCD", "VSTEST", "VSPOS", "VSORRES", "VSORRESU", "VSSTRESC",
    "VSSTRESN", "VSSTRESU", "VSSTAT", "VSLOC", "VSBLFL", "VISITNUM", "VISIT", "VISITDY", "EPOCH", "VSDTC", "VSDY",
    "VSTPT", "VSTPTNUM", "VSELTM", "VSTPTREF",
)  # fmt: skip
TIMES = (
    ("815.0", "SUPINE", "AFTER LYING DOWN FOR 5 MINUTES", "PT5M", "PATIENT SUPINE"),
    ("816.0", "STANDING", "AFTER STANDING FOR 1 MINUTE", "PT1M", "PATIENT STANDING"),
    ("817.0", "STANDING", "AFTER STANDING FOR 3 MINUTES", "PT3M", "PATIENT STANDING"),
)
READINGS = (
    ("SYSBP", "Systolic Blood Pressure", "mmHg", 105, 160),
    ("DIABP", "Diastolic Blood Pressure", "mmHg", 60, 95),
    ("PULSE", "Pulse Rate", "beats/min", 55, 95),
)


def run(options: Options, folder: Path) -> list[Figure]:
    if options.pilot is None:
        file, before, origin = made(folder / "vs.csv"), [], "a made file of the pilot's shape"
    else:
        file, before, origin = options.pilot / "vs.csv", ["dm", "sv"], "the pilot's own file"
    mapping = STUDY / "import" / "vs.yaml"
    sites = sites_in(mapping, file)
    told = ""
    first, again, tried = list[float](), list[float](), list[float]()
    for turn in range(1 if options.quick else 3):
        home = folder / str(turn)
        clinic = Clinic.make(str(folder / f"{turn}.db"), home, STUDY, sites)
        for form in before:
            import_csv(
                clinic.trial, clinic.ana, STUDY / "import" / f"{form}.yaml", file.with_name(f"{form}.csv"), commit=True
            )
        for rates, commit in ((tried, False), (first, True), (again, True)):
            start = time.perf_counter()
            found = import_csv(clinic.trial, clinic.ana, mapping, file, commit=commit)
            rates.append(len(found.outcomes) / (time.perf_counter() - start))
            if rates is first:
                accepted, queries = found.count("accepted"), found.queries().total()
                told = f"{origin}: {len(found.outcomes):,} rows, {accepted:,} accepted, {queries:,} queries"
        clinic.store.close()
    topic = "import csv"
    return [
        Figure(topic, "rows of vital signs", statistics.median(first), "/s", at_least(5000), told),
        Figure(topic, "the same as a dry run", statistics.median(tried), "/s", None, ""),
        Figure(topic, "the same once more, all unchanged", statistics.median(again), "/s", None, ""),
    ]


def made(path: Path) -> Path:
    """A file of the shape of the pilot's vital signs: as many subjects, nine visits, eleven rows a visit."""
    chance = Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS, restval="")
        rows.writeheader()
        for number in range(SUBJECTS):
            subject, serial = f"01-{701 + number % SITES}-{1001 + number}", 0
            weight = chance.randint(110, 190)
            for visit in VISITS:
                day = f"2014-{VISITS.index(visit) + 1:02d}-{chance.randint(1, 28):02d}"
                said = {"STUDYID": "CDISCPILOT01", "DOMAIN": "VS", "USUBJID": subject, "VISIT": visit, "VSDTC": day}
                for code, position, words, after, reference in TIMES:
                    at = {"VSPOS": position, "VSTPT": words, "VSTPTNUM": code, "VSELTM": after, "VSTPTREF": reference}
                    for test, name, unit, low, high in READINGS:
                        serial += 1
                        value = {
                            "VSTESTCD": test,
                            "VSTEST": name,
                            "VSORRES": chance.randint(low, high),
                            "VSORRESU": unit,
                        }
                        rows.writerow({**said, **at, **value, "VSSEQ": f"{serial}.0"})
                for test, name, result, unit, where in (
                    ("TEMP", "Temperature", f"{chance.uniform(97, 99.5):.1f}", "F", "ORAL CAVITY"),
                    ("WEIGHT", "Weight", str(weight + chance.randint(-3, 3)), "LB", ""),
                ):
                    serial += 1
                    value = {"VSTESTCD": test, "VSTEST": name, "VSORRES": result, "VSORRESU": unit, "VSLOC": where}
                    rows.writerow({**said, **value, "VSSEQ": f"{serial}.0"})
    return path
