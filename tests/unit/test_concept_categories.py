"""Which column of the metadata serves as known categories."""

from engine.concepts.categories import choose_categories


def documents(count=200, **columns):
    return [{name: make(number) for name, make in columns.items()} for number in range(count)]


def test_the_column_with_most_categories():
    found = choose_categories(documents(part=lambda n: "ab"[n % 2], kind=lambda n: f"k{n % 5}", name=str))
    assert found.column == "kind"
    assert found.labels[:6] == ("k0", "k1", "k2", "k3", "k4", "k0")


def test_whole_numbers_and_gaps():
    rows = documents(201, year=lambda n: 1990 + n % 3 if n % 2 == 0 else None)
    rows[1]["year"] = "  "
    found = choose_categories(rows)
    assert found.column == "year"
    assert found.labels[:4] == ("1990", None, "1992", None)


def test_what_is_no_category():
    assert choose_categories([]) is None
    assert choose_categories(documents(one=lambda n: "same")) is None
    # 100 categories at most, and 20 documents each on average.
    assert choose_categories(documents(4000, number=lambda n: n % 101)) is None
    assert choose_categories(documents(4000, number=lambda n: n % 100)) is not None
    assert choose_categories(documents(200, number=lambda n: n % 11)) is None
    assert choose_categories(documents(200, number=lambda n: n % 10)) is not None
    # Half of the documents have a value.
    assert choose_categories(documents(200, few=lambda n: "ab"[n % 2] if n < 99 else None)) is None
    assert choose_categories(documents(200, half=lambda n: "ab"[n % 2] if n < 100 else None)) is not None
    assert choose_categories(documents(words=lambda n: ["a"], score=lambda n: n % 2 / 2)) is None
