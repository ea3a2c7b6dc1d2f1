"""What the terminal shows: text, numbers, colours and one line of progress."""

import io
import re

import pytest

from engine.cli.output import shows_colours
from engine.cli.progress import ProgressLine
from engine.cli.terminal import printed
from engine.jobs import Progress
from tests.gui.results import CANDIDATE, QUERY, make_explanation

STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_words_and_their_numbers_are_printed():
    explanation = make_explanation()
    text = printed(explanation, styled=False)
    assert "\x1b" not in text
    for pair in explanation.pairs:
        for word, value in zip(pair.query.text.words, pair.query_word_importance, strict=True):
            assert f"{word.text} {value:+.3f}" in text
    assert f"{explanation.pairs[0].ledger.similarity:.4f} cosine similarity\n" in text


def test_the_ledger_adds_up_as_printed():
    text = printed(make_explanation(), styled=False)
    numbers = {
        name: float(re.search(rf"{name} +([-+]?[0-9.]+)", text)[1])
        for name in ("explained", "reference", "residual", "similarity")
    }
    assert round(sum(list(numbers.values())[:3]), 4) == numbers["similarity"]


def test_colours_change_nothing_but_colours():
    explanation = make_explanation()
    styled = printed(explanation, styled=True)
    assert STYLE.search(styled)
    assert STYLE.sub("", styled) == printed(explanation, styled=False)


def test_lines_fit_the_terminal_whatever_the_script(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    text = printed(make_explanation(query="我喜欢吃苹果" * 9, candidates=("word " * 200,)), styled=False)
    texts = text[text.index("Query") : text.index("Ledger")]
    assert len(texts.splitlines()) > 30
    for line in texts.splitlines():
        assert len(line) + sum(character > "\u2e80" for character in line) < 60
    assert "and 80 more words" in text


def test_a_text_cannot_send_commands_to_the_terminal():
    text = printed(make_explanation(candidates=("a \x1b[2J\x07 b\x9b1m",)), styled=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_what_the_model_did_not_read_is_said():
    text = printed(make_explanation(candidates=("one two three four five",), max_tokens=5), styled=False)
    assert "the model read the first 13 of 23 characters" in text


def test_several_candidates_are_numbered():
    text = printed(make_explanation(candidates=(CANDIDATE, QUERY)), styled=False)
    assert "similarity of candidate 1\n" in text
    assert "similarity of candidate 2\n" in text
    assert "candidate" not in printed(make_explanation(), styled=False)


def test_colours_need_a_terminal_that_wants_them(monkeypatch):
    assert shows_colours(Terminal())
    assert not shows_colours(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not shows_colours(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not shows_colours(Terminal())


def test_progress_is_one_line_that_goes_away():
    stream = Terminal()
    with ProgressLine(stream) as line:
        job = line.job()
        job.step("loading the model", 0.0)
        job.step("explained", 1.0)
    written = stream.getvalue()
    assert "\n" not in written
    assert written.split("\r\x1b[K") == ["", "  0%  loading the model", "100%  explained", ""]


def test_progress_tells_the_time_left_and_fits():
    stream = Terminal()
    with ProgressLine(stream) as line:
        line._report(Progress("x" * 200, 0.5, 130.0))
        line._report(Progress("embedding", 0.5, 130.0))
    first, second = stream.getvalue().split("\r\x1b[K")[1:3]
    assert len(first) == 99
    assert second == " 50%  embedding, 2 min 10 s left"


def test_nothing_is_shown_when_piped_or_when_the_terminal_is_gone():
    stream = io.StringIO()
    with ProgressLine(stream) as line:
        line.job().step("loading", 0)
    assert stream.getvalue() == ""

    class Gone(Terminal):
        def write(self, text):
            raise BrokenPipeError

    with ProgressLine(Gone()) as line:
        line.job().step("loading", 1)
