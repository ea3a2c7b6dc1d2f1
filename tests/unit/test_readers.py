"""Readers of corpora: formats, encodings, broken rows, bounded memory."""

import json
import random
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.corpus.columns import choose_columns
from engine.corpus.readers import open_reader, sample_rows
from engine.errors import UserError


def read(path):
    return list(open_reader(path).rows())


def fields(path):
    return [row.fields for row in read(path) if row.fields]


def problems(path):
    return [(row.number, row.problem) for row in read(path) if row.problem]


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# -- delimited ------------------------------------------------------------------------------------


def test_csv_keeps_quotes_separators_and_line_breaks_in_fields(tmp_path):
    path = write(tmp_path / "a.csv", 'id,text\r\n1,"a, ""b""\r\nc"\r\n2,d\r\n')
    rows = read(path)
    assert [row.fields for row in rows] == [{"id": "1", "text": 'a, "b"\nc'}, {"id": "2", "text": "d"}]
    assert [row.number for row in rows] == [2, 4]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_finds_its_separator(tmp_path, separator):
    lines = [["id", "text"], ["1", "one here"], ["2", "two there"]]
    path = write(tmp_path / "a.csv", "".join(separator.join(line) + "\n" for line in lines))
    assert fields(path) == [{"id": "1", "text": "one here"}, {"id": "2", "text": "two there"}]


def test_tsv_takes_commas_and_bare_quotation_marks_as_they_are(tmp_path):
    path = write(tmp_path / "a.tsv", 'id\ttext\n1\t"Oh, no" she said\n2\tplain\n')
    assert fields(path) == [{"id": "1", "text": '"Oh, no" she said'}, {"id": "2", "text": "plain"}]


def test_a_table_without_heading_loses_no_row(tmp_path):
    path = write(tmp_path / "a.csv", "1,first text\n2,second text\n")
    assert fields(path)[0] == {"column 1": "1", "column 2": "first text"}
    assert len(fields(path)) == 2


def test_broken_rows_are_named_by_line_and_the_rest_is_read(tmp_path):
    lines = [
        "id,text",
        "1,good",
        "2,too,many",
        '3,"never closed',
        "4,good too",
        '5,"quote "inside" it"',
        '6,"spans',
        'two lines"',
        "7",
        "8,last",
    ]
    path = write(tmp_path / "a.csv", "\n".join(lines) + "\n")
    broken = dict(problems(path))
    assert list(broken) == [3, 4, 6, 9]
    assert broken[3] == "3 fields where the heading has 2"
    assert "never closed" in broken[4] or "not doubled" in broken[4]
    assert "not doubled" in broken[6]
    assert [row["id"] for row in fields(path)] == ["1", "4", "6", "8"]
    assert fields(path)[2]["text"] == "spans\ntwo lines"


def test_a_quotation_mark_that_is_never_closed_swallows_one_line(tmp_path):
    path = write(tmp_path / "a.csv", 'id,text\n1,"open\n' + "".join(f"{i},t{i}\n" for i in range(2, 500)))
    assert problems(path) == [(2, "a quotation mark is opened and never closed")]
    assert len(fields(path)) == 498


# -- JSON Lines -----------------------------------------------------------------------------------


def test_json_lines_keep_values_and_name_broken_lines(tmp_path):
    whole = '{"text": "a", "year": 1999, "tags": ["x"]}'
    lines = [whole, "", '{"text": ', '"only a string"', "3", '{"v": NaN}']
    path = write(tmp_path / "a.jsonl", "\n".join(lines))
    rows = read(path)
    assert rows[0].fields == {"text": "a", "year": 1999, "tags": ["x"]}
    assert rows[1].fields == {}
    assert rows[1].problem == ""
    assert rows[3].fields == {"text": "only a string"}
    assert rows[5].fields == {"v": None}
    assert [number for number, _ in problems(path)] == [3, 5]


def test_a_json_array_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match="JSON Lines"):
        open_reader(write(tmp_path / "a.json", '[{"text": "a"}]'))


def test_deeply_nested_json_is_a_broken_line(tmp_path):
    path = write(tmp_path / "a.jsonl", "[" * 3 + "\n")
    with pytest.raises(UserError):
        open_reader(path)
    path = write(tmp_path / "b.jsonl", '{"a":' * 100_000 + "\n" + '{"text": "fine"}\n')
    assert [number for number, _ in problems(path)] == [1]
    assert fields(path) == [{"text": "fine"}]


# -- Parquet --------------------------------------------------------------------------------------


def parquet(path, rows=600, group=100):
    table = pa.table(
        {
            "id": [f"d{i}" for i in range(rows)],
            "text": [f"text number {i}" for i in range(rows)],
            "year": list(range(rows)),
            "vector": [[0.5, 0.25]] * rows,
            "image": [b"\x00\x01"] * rows,
        }
    )
    pq.write_table(table, path, row_group_size=group, compression="none", use_dictionary=False)
    return path


def test_parquet_leaves_vectors_and_bytes_out(tmp_path):
    rows = read(parquet(tmp_path / "a.parquet"))
    assert len(rows) == 600
    assert rows[599].fields == {"id": "d599", "text": "text number 599", "year": 599}
    assert rows[599].number == 600


def test_a_damaged_part_of_a_parquet_file_is_named_by_its_rows(tmp_path):
    path = parquet(tmp_path / "a.parquet")
    metadata = pq.read_metadata(path)
    start = metadata.row_group(2).column(1).data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert [number for number, _ in problems(path)] == list(range(201, 301))
    assert len(fields(path)) == 500


def test_a_parquet_file_cut_short_is_refused(tmp_path):
    path = parquet(tmp_path / "a.parquet")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UserError, match="not a whole Parquet file"):
        open_reader(path)


# -- plain text -----------------------------------------------------------------------------------


def test_plain_text_has_one_document_a_line_on_every_system(tmp_path):
    for name, line_break in (("unix", "\n"), ("windows", "\r\n"), ("old", "\r")):
        path = write(tmp_path / f"{name}.txt", line_break.join(["one", "", "three"]))
        assert [row.fields["text"].strip() for row in read(path)] == ["one", "", "three"]


def test_a_folder_has_one_document_a_file(tmp_path):
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "two.md", "second\nfile")
    write(tmp_path / "a.txt", "first")
    write(tmp_path / "c.txt", b"\x00\x01\x02\xff")
    write(tmp_path / ".hidden.txt", "no")
    write(tmp_path / "picture.png", b"\x89PNG")
    rows = read(tmp_path)
    assert [row.fields for row in rows] == [
        {"file": "a.txt", "text": "first"},
        {"file": "b/two.md", "text": "second\nfile"},
        {},
    ]
    assert "not a text file" in rows[2].problem


# -- encodings ------------------------------------------------------------------------------------

GERMAN = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, daß es nur so kracht."
POLISH = "Zażółć gęślą jaźń, a potem idź spać, bo jutro też będzie dzień pełen żółwi i źrebiąt."
RUSSIAN = "Съешь же ещё этих мягких французских булок да выпей чаю, пока он не остыл совсем."


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", GERMAN),
        ("utf-8-sig", POLISH),
        ("utf-16", RUSSIAN),
        ("utf-32", RUSSIAN),
        ("cp1252", GERMAN),
        ("cp1251", RUSSIAN),
        ("utf-16-le", GERMAN),
    ],
)
def test_encodings_are_detected(tmp_path, encoding, text):
    path = write(tmp_path / "a.csv", ("id,text\n" + f'1,"{text}"\n' * 20).encode(encoding))
    rows = read(path)
    assert len(rows) == 20
    assert rows[19].fields == {"id": "1", "text": text}
    assert not any(row.replaced for row in rows)


def test_a_stray_line_of_another_encoding_is_read_and_noted(tmp_path):
    good = [f"Zeile {i}: {GERMAN}".encode() for i in range(20)]
    good[7] = GERMAN.encode("cp1252")
    rows = read(write(tmp_path / "a.txt", b"\n".join(good)))
    assert rows[7].fields["text"].strip() == GERMAN
    assert [row.number for row in rows if row.replaced] == [8]


def test_a_character_cut_by_the_end_of_the_sample_does_not_hide_utf8(tmp_path):
    path = write(tmp_path / "a.txt", "ü" * 200_000)
    assert open_reader(path).encoding == "utf-8"
    assert read(path)[0].fields["text"] == "ü" * 200_000


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_line_of_50_mb_is_named_and_stays_out_of_memory(tmp_path, name):
    path = tmp_path / name
    good = json.dumps({"text": "good"}) if name == "a.jsonl" else "good"
    with path.open("w") as stream:
        stream.write("text\n" if name == "a.csv" else "")
        stream.write(good + "\n")
        for _ in range(50):
            stream.write("x" * 1_000_000)
        stream.write("\n" + good + "\n")
    tracemalloc.start()
    rows = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.problem for row in rows] == ["", "longer than ten million characters", ""]
    assert rows[2].fields["text"].strip() == "good"
    assert rows[2].number == rows[0].number + 2
    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", random.Random(3).randbytes(4000), "not a text file"),
        ("a.parquet", b"PAR1 not really", "not a whole Parquet file"),
        ("a.docx", b"PK", "no known kind"),
    ],
)
def test_files_of_other_kinds_are_refused_in_one_line(tmp_path, name, content, message):
    with pytest.raises(UserError, match=message) as error:
        open_reader(write(tmp_path / name, content))
    assert "\n" not in str(error.value)


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        open_reader(tmp_path / "gone.csv")
    with pytest.raises(UserError, match="holds no text file"):
        open_reader(tmp_path)


# -- columns --------------------------------------------------------------------------------------


def choose(path, **wanted):
    reader = open_reader(path)
    return choose_columns(path, sample_rows(reader, 100), **wanted)


def test_the_likely_columns_are_proposed(tmp_path):
    rows = [
        {"doc_id": f"x{i}", "title": f"Title {i}", "url": f"h://e.org/{i}/" + "p" * 90, "body": f"B {i} " * 9}
        for i in range(10)
    ]
    path = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    columns = choose(path)
    assert (columns.text, columns.id) == ("body", "doc_id")
    assert columns.names == ("doc_id", "title", "url", "body")


def test_a_text_column_of_unknown_name_is_found_by_its_content(tmp_path):
    lines = [f"{i},cat,the story of animal number {i} and how it came here" for i in range(10)]
    columns = choose(write(tmp_path / "a.csv", "n,kind,was_steht_da\n" + "\n".join(lines)))
    assert (columns.text, columns.id) == ("was_steht_da", None)


def test_an_id_column_with_repeated_values_is_not_proposed(tmp_path):
    assert choose(write(tmp_path / "a.csv", "id,text\n1,a b\n1,c d\n")).id is None


def test_the_users_columns_win_and_missing_ones_are_named(tmp_path):
    path = write(tmp_path / "a.csv", "id,title,text\n1,t one,x one\n2,t two,x two\n")
    columns = choose(path, text_column="title", id_column="text")
    assert (columns.text, columns.id) == ("title", "text")
    with pytest.raises(UserError, match=r"no column 'body'; it has: 'id', 'title', 'text'"):
        choose(path, text_column="body")


def test_a_table_of_numbers_has_no_text(tmp_path):
    with pytest.raises(UserError, match="no column with text"):
        choose(write(tmp_path / "a.csv", "a,b\n1,2\n3,4\n"))
