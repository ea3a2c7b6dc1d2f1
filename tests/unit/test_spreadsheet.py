"""CSV for spreadsheets: no text becomes a formula, and numbers stay numbers."""

import csv
import io

import pytest

from engine.spreadsheet import csv_text, safe_cell


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://a.example")',
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1:A9)",
        "|calc",
        "＝1+1",
        "-",
        "=",
        "-1-1",
        "+1 a",
    ],
)
def test_a_text_that_would_be_a_formula_is_made_text(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\t=1+1", "'\t'=1+1"),
        ("\r=1+1", "'\r'=1+1"),
        ("\n=1+1", "'\n'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a\t@SUM(A1)", "a\t'@SUM(A1)"),
        ("a\n- b", "a\n'- b"),
        ('a;"=1+1"', 'a;\'"=1+1"'),
        ("=1;=2", "'=1;'=2"),
        ("a;-5;b", "a;-5;b"),
        ("a; b, =c", "a; b, =c"),
    ],
)
def test_no_formula_is_made_where_semicolons_or_tabs_begin_a_cell(text, written):
    assert safe_cell(text) == written
    table = csv_text(["n", "text"], [[1, text]])
    for delimiter in ";\t":
        for row in csv.reader(io.StringIO(table, newline=""), delimiter=delimiter):
            for cell in row:
                assert not cell.startswith(("=", "@", "- "))


@pytest.mark.parametrize(
    "cell", [-1.5, 0, 3, "-1.5", "+3", "-1e-5", "-12 %", "12", "", "a=b", "'=1", None, -2]
)
def test_numbers_and_plain_texts_stay_as_they_are(cell):
    assert safe_cell(cell) == cell


def test_heads_and_cells_are_safe_and_lines_can_be_read_back():
    written = csv_text(["=head", "n"], [["=1", -2.5], ['two\nlines, "quoted"', 3]])
    assert list(csv.reader(io.StringIO(written))) == [
        ["'=head", "n"],
        ["'=1", "-2.5"],
        ['two\nlines, "quoted"', "3"],
    ]


def test_rows_without_a_head():
    assert csv_text([], [["a", 1]]) == "a,1\n"


def test_a_carriage_return_begins_no_row():
    written = csv_text(["text", "n"], [["a\r=1+1", 1], ["b\r\n=2", 2]])
    assert list(csv.reader(io.StringIO(written, newline=""))) == [
        ["text", "n"],
        ["a\r'=1+1", "1"],
        ["b\r\n'=2", "2"],
    ]
