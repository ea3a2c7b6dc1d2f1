"""Makes the sample workspace in `resources/sample` anew from the definitions of WordNet 3.0.

    python packaging/sample_workspace.py WORK [--wordnet /usr/share/wordnet]

All of WordNet is imported, embedded, learnt from and named in the folder WORK (half an hour on two cores; a
second run goes on where the first was stopped). What ships is the autoencoder with its names, and a few
thousand of the documents: the strongest example of each feature, and others drawn with a fixed seed.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import wordnet_corpus  # noqa: E402
from engine.cli import main as semascope  # noqa: E402
from engine.concepts.dictionary import Dictionary, open_dictionary  # noqa: E402
from engine.concepts.labels import (  # noqa: E402
    load_labels,
    load_report,
    save_labels,
)
from engine.corpus.importing import ImportRequest, import_corpus  # noqa: E402
from engine.corpus.lock import LOCK  # noqa: E402
from engine.corpus.schema import transaction  # noqa: E402
from engine.corpus.workspace import Workspace  # noqa: E402
from engine.sae.checkpoints import CONFIG_FILE, WEIGHTS_FILE, checkpoint_digest  # noqa: E402
from engine.sae.runs import QUALITY_FILE, TRAINING_FILE  # noqa: E402

NAME = "wordnet-3072"
DOCUMENTS = 4_000
SEED = 0
SOURCE = "WordNet 3.0, a part of its definitions"
NOTICE = "WORDNET-LICENSE.txt"
MOST_BYTES = 25_000_000


def make_whole(work: Path, wordnet: Path) -> Path:
    """Return the workspace of all definitions, with a trained and named autoencoder."""
    corpus, folder = work / "wordnet.jsonl", work / "wordnet"
    work.mkdir(parents=True, exist_ok=True)
    if not corpus.is_file():
        wordnet_corpus.main([str(corpus), "--wordnet", str(wordnet)])
    saes = folder / "saes" / NAME
    commands = [["workspace", str(folder), "--corpus", str(corpus), "--text-column", "text"]]
    if not (saes / TRAINING_FILE).is_file():
        resume = ["--resume"] if saes.is_dir() else []
        sizes = ["--architecture", "batchtopk", "--features", "3072", "--k", "32"]
        commands.append(["train", str(folder), "--name", NAME, *sizes, *resume])
    commands.append(["label", str(folder), "--sae", NAME])
    for command in commands:
        code = semascope(command)
        if code:
            raise SystemExit(code)
    return folder


def choose_documents(dictionary: Dictionary, count: int) -> list[int]:
    """Return ids of documents: the strongest of each feature as far as there is room, the rest at random."""
    examples = (dictionary.codes.feature(feature)[0] for feature in range(dictionary.features))
    strongest = [int(rows[0]) for rows in examples if len(rows)]
    order = np.random.default_rng(SEED).permutation(dictionary.index.count)
    chosen = list(dict.fromkeys([*strongest, *order.tolist()]))[:count]
    return [row + 1 for row in sorted(chosen)]


def reduce(whole: Path, sample: Path, wordnet: Path) -> None:
    """Write the part of the workspace `whole` that ships to the new folder `sample`."""
    with Workspace.open(whole) as full:
        dictionary = open_dictionary(full, NAME)
        ids = choose_documents(dictionary, DOCUMENTS)
        labels, report = load_labels(full, NAME), load_report(full, NAME)
        lines = [
            json.dumps({"id": document.name, "text": document.text, **document.metadata}, ensure_ascii=False)
            for document in full.documents(ids)
        ]
        with tempfile.TemporaryDirectory() as temporary:
            corpus = Path(temporary) / "sample.jsonl"
            corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
            import_corpus(sample, ImportRequest(corpus, "text", "id"))
        with Workspace.open(sample) as part:
            with transaction(part.database):
                part.database.execute("UPDATE sources SET path = ?, modified_ns = 0", (SOURCE,))
            store = part.index(dictionary.index.model)
            store.append(dictionary.index.vectors[np.array(ids) - 1])
            part.activate(dictionary.index.model.fingerprint)
            folder = part.folder / "saes" / NAME
            folder.mkdir(parents=True)
            for name in (CONFIG_FILE, WEIGHTS_FILE, TRAINING_FILE, QUALITY_FILE):
                shutil.copyfile(dictionary.folder / name, folder / name)
            save_labels(part, NAME, checkpoint_digest(folder), labels, report or {})
            open_dictionary(part, NAME)
            part.database.execute("VACUUM")
    (sample / LOCK).unlink()
    (sample / NOTICE).write_text(licence(wordnet), encoding="utf-8")


def licence(wordnet: Path) -> str:
    """Return the licence at the head of WordNet's files."""
    head = []
    for line in (wordnet / "data.noun").read_text(encoding="utf-8").splitlines():
        number, _, text = line.strip().partition(" ")
        if not line.startswith(" ") or not number.isdigit():
            break
        head.append(text.rstrip())
    return "\n".join(head).strip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder for the whole of WordNet; about 400 MB")
    parser.add_argument("--wordnet", type=Path, default=wordnet_corpus.FOLDER)
    options = parser.parse_args()
    whole = make_whole(options.work, options.wordnet)
    target = ROOT / "resources" / "sample"
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        sample = Path(temporary) / "sample"
        reduce(whole, sample, options.wordnet)
        size = sum(file.stat().st_size for file in sample.rglob("*") if file.is_file())
        if size > MOST_BYTES:
            parser.exit(1, f"the sample takes {size:,} bytes, more than {MOST_BYTES:,}\n")
        shutil.rmtree(target, ignore_errors=True)
        sample.rename(target)
    print(f"{target}: {size:,} bytes")


if __name__ == "__main__":
    main()
