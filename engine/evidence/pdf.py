"""A report on printed pages.

Importing this module imports matplotlib, which takes half a second.
"""

from typing import TYPE_CHECKING

from engine.report.data import APP
from engine.report.pages import Column, Pages

if TYPE_CHECKING:
    from engine.evidence.report import Report


def pdf_report(report: "Report") -> bytes:
    """Return the report as PDF: contents, every item with its settings and its command, page numbers.

    The same report gives the same bytes.
    """
    pages = Pages(f"{APP}  ·  {report.name}")
    sections = [one.item.section(one, place) for place, one in enumerate(report.items)]
    pages.text("Semascope", 9, "bold", soft=True)
    only = sections[0] if len(sections) == 1 else None
    pages.heading(report.title or (only.heading if only is not None else "Report"), 20)
    pages.text(report.created.strftime("%Y-%m-%d %H:%M UTC"), 9, soft=True)
    if only is None:
        pages.heading("Contents")
        columns = (Column("", 0.06, "right"), Column("", 0.16), Column("", 0.78))
        pages.table(columns, [[str(n), one.kind, one.title] for n, one in enumerate(sections, start=1)])
    for number, (section, evidence) in enumerate(zip(sections, report.items, strict=True), start=1):
        if only is None:
            pages.break_page()
            pages.text(f"{number} · {section.kind}", 9, "bold", soft=True)
            pages.heading(section.title, 16)
        pages.text("  ·  ".join(section.facts), 9, soft=True)
        pages.space(10)
        evidence.item.write(evidence, pages)
        pages.heading("Settings and sources")
        pages.facts(section.settings)
        pages.heading("The command that makes this again", 10)
        pages.text(section.command, 8.5)
    return pages.pdf()
