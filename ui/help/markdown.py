"""Turns a page of the guide, which is Markdown, into the rich text that Qt shows, and into sections."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True)
class Section:
    """A heading and the words below it, up to the next heading.

    Attributes:
        anchor: by which links point to it, as code-hosting sites make it of the heading.
        title: the heading.
        level: 1 for the title of the page.
        text: its words without any markup, a paragraph a line.
    """

    anchor: str
    title: str
    level: int
    text: str


@dataclass(frozen=True)
class Looks:
    """Colours and sizes of the rich text; colours are written "#rrggbb", sizes in points."""

    text: str
    muted: str
    accent: str
    line: str
    code: str
    size: float


def sections(source: str) -> tuple[Section, ...]:
    """Return the sections of a page in their order."""
    found: list[tuple[str, str, int, list[str]]] = []
    taken: dict[str, int] = {}
    tokens = _parse(source)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = _plain(tokens[place + 1])
            found.append((_anchor(title, taken), title, int(token.tag[1:]), []))
        elif token.type == "inline" and tokens[place - 1].type != "heading_open" and found:
            found[-1][3].append(_plain(token))
        elif token.type in ("fence", "code_block") and found:
            found[-1][3].append(token.content)
    return tuple(Section(anchor, title, level, "\n".join(lines)) for anchor, title, level, lines in found)


def rich_text(source: str) -> str:
    """Return the page as HTML within the bounds of Qt's rich text.

    Links to other pages stay links. What points anywhere else, and so could be opened only with a network or
    outside this program, is written out to be read and copied.
    """
    taken: dict[str, int] = {}
    tokens = _parse(source)
    parts: list[str] = []
    for place, token in enumerate(tokens):
        if token.type == "inline":
            parts.append("".join(_inline(token.children or ())))
        elif token.type == "heading_open":
            anchor = _anchor(_plain(tokens[place + 1]), taken)
            parts.append(f'<{token.tag}><a name="{anchor}"></a>')
        elif token.type in ("fence", "code_block"):
            code = html.escape(token.content.rstrip("\n"))
            parts.append(f'<table class="code" width="100%"><tr><td><pre>{code}</pre></td></tr></table>')
        elif token.type == "table_open":
            parts.append('<table class="grid" cellspacing="0">')
        elif token.type == "paragraph_open" and _is_picture(tokens[place + 1]):
            parts.append('<p class="picture">')
        elif token.type in ("th_open", "td_open"):
            right = "right" in str(token.attrGet("style") or "")
            parts.append(f'<{token.tag} align="{"right" if right else "left"}">')
        elif token.type == "hr":
            parts.append("<hr>")
        elif token.tag and not token.hidden:
            parts.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
    return "\n".join(parts)


def style_sheet(looks: Looks) -> str:
    """Return the style of the rich text."""
    size = looks.size
    return f"""
body {{ color: {looks.text}; font-size: {size:.1f}pt; }}
h1 {{ font-size: {1.7 * size:.1f}pt; font-weight: 600; margin-top: 4px; margin-bottom: 10px; }}
h2 {{ font-size: {1.3 * size:.1f}pt; font-weight: 600; margin-top: 22px; margin-bottom: 6px; }}
h3 {{ font-size: {1.1 * size:.1f}pt; font-weight: 600; margin-top: 16px; margin-bottom: 4px; }}
p, ul, ol {{ margin-top: 6px; margin-bottom: 8px; line-height: 135%; }}
p.picture {{ line-height: 100%; }}
li {{ margin-bottom: 4px; line-height: 130%; }}
a {{ color: {looks.accent}; text-decoration: underline; }}
code {{ font-family: monospace; background-color: {looks.code}; }}
pre {{ font-family: monospace; margin: 0; white-space: pre-wrap; }}
table.code {{ background-color: {looks.code}; margin-top: 6px; margin-bottom: 10px; }}
table.code td {{ padding: 8px 10px; }}
table.grid {{ border-collapse: collapse; border: 1px solid {looks.line}; }}
table.grid {{ margin-top: 6px; margin-bottom: 10px; }}
table.grid th {{ border: 1px solid {looks.line}; padding: 4px 8px; background-color: {looks.code}; }}
table.grid td {{ border: 1px solid {looks.line}; padding: 4px 8px; }}
.away {{ color: {looks.muted}; }}
"""


def is_outside(address: str) -> bool:
    """Return whether a link leads out of the guide: to a network, or to another file of the repository."""
    page = address.partition("#")[0]
    return bool(page) and not re.fullmatch(r"[\w-]+\.md", page)


def _written(address: str) -> str:
    """Return a link as it is written out: an address of the network, or a file of the repository."""
    return address if "://" in address else address.replace("../", "").partition("#")[0]


def _parse(source: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(source)


def _anchor(title: str, taken: dict[str, int]) -> str:
    """Return the anchor of a heading; a second heading of the same words gets a number."""
    anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
    taken[anchor] = count = taken.get(anchor, -1) + 1
    return f"{anchor}-{count}" if count else anchor


def _plain(inline: Token) -> str:
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or ()
        if child.type != "html_inline"
    )


def _is_picture(inline: Token) -> bool:
    return [child.type for child in inline.children or ()] == ["image"]


def _inline(children: Sequence[Token]) -> Iterator[str]:
    away = ""
    for child in children:
        match child.type:
            case "text":
                yield html.escape(child.content)
            case "code_inline":
                yield f"<code>{html.escape(child.content)}</code>"
            case "softbreak":
                yield " "
            case "hardbreak":
                yield "<br>"
            case "image":
                source, words = child.attrGet("src"), html.escape(child.content)
                yield f'<img src="{source}" alt="{words}" title="{words}">'
            case "link_open":
                address = str(child.attrGet("href"))
                away = address if is_outside(address) else ""
                yield "" if away else f'<a href="{html.escape(address)}">'
            case "link_close":
                yield f' <span class="away">({html.escape(_written(away))})</span>' if away else "</a>"
            case "em_open" | "em_close" | "strong_open" | "strong_close":
                yield f"<{'/' if child.nesting < 0 else ''}{child.tag}>"
