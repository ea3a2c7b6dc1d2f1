"""A report: any set of items, as one HTML file, as PDF, as a bundle, and as the data behind all three."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.errors import UserError
from engine.evidence.bundle import bundle
from engine.evidence.evidence import Evidence
from engine.evidence.items import evidence_data, evidence_from_data
from engine.report.data import APP
from engine.report.html import html_page
from engine.report.plain import field as data_field
from engine.report.plain import refused
from engine.report.segments import one_line

FORMAT, VERSION = "semascope-report", 1
MOST_ITEMS, LONGEST_TITLE = 500, 300


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Report:
    """Items to be shown to others.

    Attributes:
        items: in their order; at least one.
        title: empty for that of the only item.
        created: when it was put together, in UTC; now by default.
    """

    items: tuple[Evidence, ...]
    title: str = ""
    created: datetime = field(default_factory=_now)

    def __post_init__(self) -> None:
        if not 1 <= len(self.items) <= MOST_ITEMS:
            raise UserError(
                f"a report has 1 to {MOST_ITEMS} items, not {len(self.items)}; add or remove some"
            )
        if len(self.title) > LONGEST_TITLE:
            raise UserError(f"the title is longer than {LONGEST_TITLE} characters; shorten it")

    @property
    def name(self) -> str:
        """The title, or that of the only item."""
        return one_line(self.title) or (self.items[0].title if len(self.items) == 1 else "Report")

    def data(self) -> dict[str, Any]:
        """Return everything as JSON's types.

        Raises:
            ValueError: a number is not finite.
        """
        return {
            "format": FORMAT,
            "version": VERSION,
            "app": APP,
            "title": self.title,
            "created": self.created.isoformat(timespec="seconds"),
            "items": [evidence_data(one) for one in self.items],
        }

    @staticmethod
    def from_data(data: Any) -> "Report":
        """Return the report that `data` gave.

        Raises:
            UserError: something is missing, or does not fit the rest.
        """
        place = "the report"
        if data_field(data, "format", place) != FORMAT or data_field(data, "version", place) != VERSION:
            raise UserError(
                "this is no report of a version that is known here; open it with a newer Semascope"
            )
        items = data_field(data, "items", place)
        title, created = data_field(data, "title", place), data_field(data, "created", place)
        if not isinstance(items, list) or not isinstance(title, str):
            raise refused(place, "has no items, or no title")
        return Report(
            tuple(evidence_from_data(one, f"item {number}") for number, one in enumerate(items, start=1)),
            title,
            _moment(created),
        )

    def json(self) -> str:
        """Return the data as JSON, with a line feed at the end."""
        return json.dumps(self.data(), ensure_ascii=False, allow_nan=False) + "\n"

    def html(self) -> str:
        """Return one HTML page that needs nothing else; the data lie in it."""
        data = self.data()
        # Shown is what the data say, not what they were made from: a reader can make the page again.
        return Report.from_data(json.loads(json.dumps(data)))._page(data)

    def pdf(self) -> bytes:
        """Return the same content in print, with numbered pages."""
        from engine.evidence.pdf import pdf_report

        return pdf_report(self)

    def bundle(self) -> bytes:
        """Return a zip of the page, the data, a folder of tables for each item, and their digests."""
        return bundle(self.files(), self.created)

    def files(self) -> dict[str, bytes]:
        """Return the files of the bundle by their names, the manifest excepted."""
        found = {"report.html": self.html().encode(), "report.json": self.json().encode()}
        for number, one in enumerate(self.items, start=1):
            folder = f"items/{number:03d}-{one.kind}"
            found[f"{folder}/{one.kind}.json"] = _json(one.item.result_data(one))
            for name, table in one.item.tables(one).items():
                found[f"{folder}/{name}.csv"] = table.encode()
        return found

    def _page(self, data: Mapping[str, Any]) -> str:
        sections = [one.item.section(one, place) for place, one in enumerate(self.items)]
        return html_page(self.title, self.created, sections, data)


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise refused("the date of the report", "has no time zone")
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise refused("the date of the report", "is no date") from error
