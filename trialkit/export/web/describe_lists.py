"""What the forms of a study share, on its page: code lists, lookup tables, parameters, roles."""

from __future__ import annotations

from collections.abc import Collection

from trialkit.export.web.markup import Child, Markup, joined, link, rows, tag
from trialkit.export.web.spoken import Spoken, listed


def codelists(spoken: Spoken, only: Collection[str] | None = None) -> Markup | None:
    """Every code list (or `only` these) with its codes and the items that use it."""
    users: dict[str, list[tuple[str, str]]] = {}
    for form in spoken.study.forms.values():
        for name, item in form.items.items():
            users.setdefault(item.item.codelist or "", []).append((form.oid, name))
    found = [
        tag(
            "div",
            tag("h3", f"{name}: {codes.title}", id=f"list-{name}"),
            tag("p", f"CDISC controlled terminology: {codes.standard}", class_="soft") if codes.standard else None,
            tag("p", "Used by ", listed(spoken.item(*user) for user in users.get(name, [])), class_="soft"),
            rows(("Code", "Meaning"), codes.codes.items(), class_="plain narrow"),
            class_="find",
        )
        for name, codes in spoken.study.study.codelists.items()
        if only is None or name in only
    ]
    return joined(found) if found else None


def tables(spoken: Spoken) -> Markup | None:
    """Every lookup table with its rows and what looks things up in it."""
    found = []
    for oid, table in spoken.study.study.tables.items():
        heads: list[Child] = [link(table.key, f"list-{table.key}")]
        heads += [f"{column.label}{f' ({column.unit})' if column.unit else ''}" for column in table.columns.values()]
        lines = [(key, *(cells.get(column, "") for column in table.columns)) for key, cells in table.rows.items()]
        uses = spoken.uses(spoken.trace.names.get(oid, ()))
        found.append(
            tag(
                "div",
                tag("h3", f"{oid}: {table.title}", id=f"table-{oid}"),
                tag("p", "Used by ", uses, class_="soft") if uses else None,
                rows(heads, lines, class_="plain"),
                class_="find",
            )
        )
    return joined(found) if found else None


def parameters(spoken: Spoken) -> Markup | None:
    """Every threshold with where it is used."""
    lines = [
        (
            tag("span", name, id=f"parameter-{name}"),
            said.label,
            " ".join(filter(None, (said.value, said.unit))),
            spoken.uses(spoken.trace.names.get(name, ())),
        )
        for name, said in spoken.study.study.file.parameters.items()
    ]
    return rows(("Parameter", "Meaning", "Value", "Used by"), lines, lines_class="find") if lines else None


def roles(spoken: Spoken) -> Markup | None:
    """Every role with what it sees and the forms it enters."""
    lines = [
        (
            name,
            role.title,
            "own site" if role.sites == "own" else "all sites",
            ", ".join(role.sees),
            spoken.forms(oid for oid, form in spoken.study.study.forms.items() if name in form.entered_by),
            spoken.forms(oid for oid, form in spoken.study.study.forms.items() if name in form.hidden_from),
        )
        for name, role in spoken.study.study.file.roles.items()
    ]
    heads = ("Role", "Title", "Sites", "Sees", "Enters", "Never sees")
    return rows(heads, lines, lines_class="find") if lines else None
