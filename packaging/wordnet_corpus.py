"""Writes the definitions of WordNet 3.0 as JSON Lines: the corpus of the sample workspace.

    python packaging/wordnet_corpus.py OUTPUT [--wordnet /usr/share/wordnet]

One synset a line: id ("noun:00001740"), text (its definition without the examples), words, part (of speech),
category (the lexicographer file, one of 45) and domain (the first word of its topic, or null). The files are
those of the Debian package wordnet-base; their format is described in the manual page wndb(5WN).
"""

import argparse
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
PARTS = {"noun": "data.noun", "verb": "data.verb", "adjective": "data.adj", "adverb": "data.adv"}
# lexnames(5WN), in the order of their numbers.
CATEGORIES = (
    "adj.all", "adj.pert", "adv.all", "noun.Tops", "noun.act", "noun.animal", "noun.artifact",
    "noun.attribute", "noun.body", "noun.cognition", "noun.communication", "noun.event",
    "noun.feeling", "noun.food", "noun.group", "noun.location", "noun.motive", "noun.object",
    "noun.person", "noun.phenomenon", "noun.plant", "noun.possession", "noun.process",
    "noun.quantity", "noun.relation", "noun.shape", "noun.state", "noun.substance", "noun.time",
    "verb.body", "verb.change", "verb.cognition", "verb.communication", "verb.competition",
    "verb.consumption", "verb.contact", "verb.creation", "verb.emotion", "verb.motion",
    "verb.perception", "verb.possession", "verb.social", "verb.stative", "verb.weather", "adj.ppl",
)  # fmt: skip
_EXAMPLE = re.compile(r';\s*"')
_POSITION = re.compile(r"\((?:a|p|ip)\)$")
_TOPIC = ";c"
_PART_OF_LETTER = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective", "r": "adverb"}


@dataclass(frozen=True)
class Synset:
    """One line of the corpus."""

    id: str
    text: str
    words: list[str]
    part: str
    category: str
    domain: str | None


def read_synsets(folder: Path = FOLDER) -> list[Synset]:
    """Return all synsets, in the order of the files.

    Raises:
        OSError: a file is not there.
    """
    found, topics = [], {}
    for part, name in PARTS.items():
        for synset, topic in _read(folder / name, part):
            found.append(synset)
            topics[synset.id] = topic
    first_words = {synset.id: synset.words[0] for synset in found}
    return [replace(synset, domain=first_words.get(topics[synset.id])) for synset in found]


def _read(path: Path, part: str) -> Iterator[tuple[Synset, str]]:
    """Yield each synset of one file, without its domain, and the id of the synset of its topic."""
    for line in path.read_text(encoding="utf-8").splitlines():
        data, bar, gloss = line.partition(" | ")
        # The licence at the head of each file is indented.
        if line.startswith(" ") or not bar:
            continue
        fields = data.split()
        last_word = 4 + 2 * int(fields[3], 16)
        words = [_POSITION.sub("", word).replace("_", " ") for word in fields[4:last_word:2]]
        text = _EXAMPLE.split(gloss)[0].strip().rstrip(";").strip()
        category = CATEGORIES[int(fields[1])]
        yield Synset(f"{part}:{fields[0]}", text, words, part, category, None), _topic(fields[last_word:])


def _topic(pointers: list[str]) -> str:
    """Return the id of the first topic that a synset points to, empty if there is none."""
    for first in range(1, 1 + 4 * int(pointers[0]), 4):
        symbol, offset, letter = pointers[first : first + 3]
        if symbol == _TOPIC:
            return f"{_PART_OF_LETTER[letter]}:{offset}"
    return ""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write the definitions of WordNet 3.0 as JSON Lines.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--wordnet", type=Path, default=FOLDER, help=f"folder of its files ({FOLDER})")
    options = parser.parse_args(arguments)
    try:
        synsets = read_synsets(options.wordnet)
    except OSError as error:
        parser.exit(2, f"cannot read {error.filename}; install the Debian package wordnet-base\n")
    lines = "".join(json.dumps(asdict(synset), ensure_ascii=False) + "\n" for synset in synsets)
    unfinished = options.output.with_name(options.output.name + ".part")
    unfinished.write_text(lines, encoding="utf-8")
    os.replace(unfinished, options.output)
    print(f"{len(synsets):,} definitions written to {options.output}")


if __name__ == "__main__":
    main()
