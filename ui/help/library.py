"""The pages of the guide, in their order, and the search over all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.resources import resource
from ui.help.markdown import Section, sections

CONTENTS = "README"
_ENTRY = re.compile(r"^(?:\d+\.|[-*]) +\[(?P<title>[^\]]+)\]\((?P<name>[\w-]+)\.md\)", re.MULTILINE)
_PART = re.compile(r"^## +(.+)$", re.MULTILINE)
_BEFORE, _AFTER = 40, 120
_IN_TITLE = 20


@dataclass(frozen=True)
class Topic:
    """A page of the guide.

    Attributes:
        name: of its file, without the ending.
        part: the part of the guide that it belongs to.
        path: where it lies.
    """

    name: str
    part: str
    path: Path

    @cached_property
    def source(self) -> str:
        """The page as Markdown."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Its sections, the first of which carries its title."""
        return sections(self.source)

    @property
    def title(self) -> str:
        """The title of the page."""
        return self.sections[0].title


@dataclass(frozen=True)
class Hit:
    """A section that holds all words of a search.

    Attributes:
        address: "page#anchor".
        title: of the section.
        page: title of its page.
        snippet: words around the first hit.
        score: how often the words stand there; a word in the title counts more.
    """

    address: str
    title: str
    page: str
    snippet: str
    score: int


class Library:
    """Every page that the contents name, and the contents themselves.

    Args:
        folder: where the pages lie; the guide that comes with the program by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or resource("guide")
        contents = (self.folder / f"{CONTENTS}.md").read_text(encoding="utf-8")
        self.topics = {CONTENTS: Topic(CONTENTS, "", self.folder / f"{CONTENTS}.md")}
        pieces = _PART.split(contents)
        for part, below in zip(pieces[1::2], pieces[2::2], strict=True):
            for entry in _ENTRY.finditer(below):
                name = entry["name"]
                self.topics[name] = Topic(name, part.strip(), self.folder / f"{name}.md")

    def has(self, address: str) -> bool:
        """Return whether there is a page, and the section in it, of an address such as "rank#compare"."""
        name, _, anchor = address.partition("#")
        topic = self.topics.get(name)
        return topic is not None and (not anchor or any(one.anchor == anchor for one in topic.sections))

    def search(self, words: str) -> tuple[Hit, ...]:
        """Return the sections that hold all of some words, best first; none for no words."""
        wanted = words.casefold().split()
        if not wanted:
            return ()
        hits = []
        for topic in self.topics.values():
            for section in topic.sections if topic.name != CONTENTS else ():
                title, text = section.title.casefold(), section.text.casefold()
                counts = [_IN_TITLE * title.count(word) + text.count(word) for word in wanted]
                if all(counts):
                    address = f"{topic.name}#{section.anchor}"
                    snippet = _snippet(section.text, wanted)
                    hits.append(Hit(address, section.title, topic.title, snippet, sum(counts)))
        return tuple(sorted(hits, key=lambda hit: -hit.score))


def _snippet(text: str, wanted: list[str]) -> str:
    line = " ".join(text.split())
    places = [place for word in wanted if (place := line.casefold().find(word)) >= 0]
    start = max(min(places, default=0) - _BEFORE, 0)
    # Cut between words.
    start = line.find(" ", start) + 1 if start else 0
    end = len(line) if len(line) <= start + _AFTER else line.rfind(" ", start, start + _AFTER)
    return f"{'… ' if start else ''}{line[start:end]}{' …' if end < len(line) else ''}"
