"""WordNet's own format, read into lines of a corpus."""

import json

import pytest

import wordnet_corpus

NOUNS = """\
  1 This software and database is being provided under a licence. | not a synset
00006150 06 n 01 bronze 0 001 @ 00006150 n 0000 | an alloy of copper and tin
06000001 09 n 02 law 0 jurisprudence 0 000 | the branch of philosophy; "he studied law"
06000002 10 n 01 pleading 0 003 @ 00006150 n 0000 ;c 06000001 n 0000 + 00000001 v 01 | a statement; in it; "a"
"""
ADJECTIVES = "00001740 44 s 0a able(p) 0 well_off(a) 0" + " x 0" * 8 + " 000 | having means\n"


@pytest.fixture
def folder(tmp_path):
    files = {"data.noun": NOUNS, "data.adj": ADJECTIVES, "data.verb": "", "data.adv": ""}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def test_synsets_have_definition_words_category_and_domain(folder):
    bronze, law, pleading, able = wordnet_corpus.read_synsets(folder)
    assert (bronze.id, bronze.text, bronze.category) == (
        "noun:00006150",
        "an alloy of copper and tin",
        "noun.artifact",
    )
    assert (law.text, law.words, law.domain) == ("the branch of philosophy", ["law", "jurisprudence"], None)
    assert (pleading.text, pleading.category, pleading.domain) == (
        "a statement; in it",
        "noun.communication",
        "law",
    )
    assert (able.part, able.category, able.words[:2]) == ("adjective", "adj.ppl", ["able", "well off"])
    assert len(able.words) == 10


def test_there_are_45_categories():
    assert len(wordnet_corpus.CATEGORIES) == 45
    assert wordnet_corpus.CATEGORIES[3] == "noun.Tops"
    assert wordnet_corpus.CATEGORIES[29] == "verb.body"


def test_the_script_writes_one_line_for_each_synset(folder, capsys):
    wordnet_corpus.main([str(folder / "corpus.jsonl"), "--wordnet", str(folder)])
    lines = (folder / "corpus.jsonl").read_text().splitlines()
    assert [json.loads(line)["domain"] for line in lines] == [None, None, "law", None]
    assert "4 definitions" in capsys.readouterr().out


def test_a_missing_package_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        wordnet_corpus.main([str(tmp_path / "corpus.jsonl"), "--wordnet", str(tmp_path)])
    assert stop.value.code == 2
    assert "wordnet-base" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
