"""Kills the process at random moments of its work, and looks at what is left.

    python -m tests.endurance kills --count 200

Each phase (import, embedding, training, labelling, saving) runs in a child that says what it has been told
is saved. The child gets SIGKILL at a random moment. What it said must then be there, the database must be
whole, and the next child must go on from it. Once a child gets through, the workspace must equal one whose
making was never disturbed: documents, vectors, weights and labels bit by bit. The model is a tiny BERT with
random weights; blocks, transactions and the time between saves are small, so that there are many of each.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.errors import UserError

PHASES = ("import", "embedding", "training", "labelling", "saving")
_DOCUMENTS, _FEATURES, _EDITS = 1_200, 24, 150
_WORDS = "bee honey hive flower sugar wax queen wing garden summer nectar sweet buzz swarm pollen"
# A child at work for longer hangs: the longest phase takes seconds.
_PATIENCE_SECONDS = 150
Say = Callable[[str, Any], None]


class World:
    """The corpus, the model, and how each phase is worked and judged."""

    def __init__(self, place: Path) -> None:
        import torch

        from engine.concepts.run_settings import RunSettings
        from engine.corpus import embedding, importing
        from engine.encoder import Encoder
        from engine.sae.training_config import TrainingConfig
        from tests.models import save_model

        # The threads of OpenMP do not live through a fork, and a child that waits for them waits for ever.
        torch.set_num_threads(1)
        importing._ROWS_A_TRANSACTION = 60
        embedding.BLOCK = 64
        RunSettings.training_config = lambda settings: TrainingConfig(  # type: ignore[method-assign]
            epochs=settings.epochs, save_every_seconds=0.02
        )
        self.settings = RunSettings("batchtopk", _FEATURES, 4, 30, 128, 3)
        self.corpus = place / "corpus.jsonl"
        chance = random.Random(0)
        rows = [
            {
                "text": f"{' '.join(chance.choices(_WORDS.split(), k=chance.randint(3, 12)))} {number}",
                "kind": number % 3,
            }
            for number in range(_DOCUMENTS)
        ]
        self.corpus.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
        self.encoder = Encoder(save_model(place / "model", "bert"), device="cpu")

    # -- what a child does ------------------------------------------------------------------------

    def work(self, phase: str, folder: Path, say: Say) -> None:
        """Bring a phase to its end from wherever it stands, and say what is saved once that is known."""
        getattr(self, f"_{phase}")(folder, say)

    def _import(self, folder: Path, say: Say) -> None:
        from engine.corpus import importing
        from engine.corpus.importing import ImportRequest, import_corpus
        from engine.corpus.schema import transaction

        @contextlib.contextmanager
        def told(database: sqlite3.Connection) -> Iterator[None]:
            with transaction(database):
                yield
            say("documents", database.execute("SELECT count(*) FROM documents").fetchone()[0])

        importing.transaction = told  # type: ignore[assignment]
        report = import_corpus(folder, ImportRequest(self.corpus))
        say("documents", report.documents)

    def _embedding(self, folder: Path, say: Say) -> None:
        from engine.corpus.embedding import document_embedder, embed_documents, index_model
        from engine.corpus.vectors import VectorStore
        from engine.corpus.workspace import Workspace

        append = VectorStore.append

        def told(store: VectorStore, block: Any) -> None:
            append(store, block)
            say("vectors", store.count)

        VectorStore.append = told  # type: ignore[method-assign]
        with Workspace.open(folder) as workspace:
            embed_documents(workspace, index_model(self.encoder), document_embedder(self.encoder))
        say("active", True)

    def _training(self, folder: Path, say: Say) -> None:
        from engine.concepts.training_data import workspace_data
        from engine.concepts.training_runs import train_run
        from engine.corpus.workspace import Workspace
        from engine.sae import training
        from engine.sae.checkpoints import checkpoint_digest
        from engine.sae.runs import run_folder
        from engine.sae.training_state import STATE_FILE

        save = training._Trainer.save

        def told(trainer: Any) -> None:
            save(trainer)
            say("step", trainer.step)

        training._Trainer.save = told  # type: ignore[method-assign]
        with Workspace.open(folder) as workspace:
            data = workspace_data(workspace)
        run = run_folder(folder, "small")
        resume = (run / STATE_FILE).is_file()
        train_run(run, data.vectors, self.settings, data.provenance, resume=resume)
        say("autoencoder", checkpoint_digest(run))

    def _labelling(self, folder: Path, say: Say) -> None:
        from engine.concepts.dictionary import open_dictionary
        from engine.concepts.labelling import label_features
        from engine.corpus.workspace import Workspace

        with Workspace.open(folder) as workspace:
            dictionary = open_dictionary(workspace, "small")
            run = label_features(workspace, dictionary, self.encoder)
        say("labels", [label.label for label in run.labels])

    def _saving(self, folder: Path, say: Say) -> None:
        """Names, notes and stars, queries, and a file beside them, again and again."""
        from engine.concepts.dictionary import open_dictionary
        from engine.concepts.names import journal_of
        from engine.corpus.queries import save_queries
        from engine.corpus.workspace import Workspace
        from engine.files import write_atomically

        with Workspace.open(folder) as workspace:
            journal = journal_of(workspace, open_dictionary(workspace, "small"))
            done = sum(entry.kind == "name" for entry in journal.entries())
            for number in range(done, _EDITS):
                journal.rename(number % _FEATURES, f"name {number}")
                say("names", number + 1)
                save_queries(workspace, [f"query {number}"])
                say("query", f"query {number}")
                write_atomically(folder / "report.html", f"report {number}\n" + "x" * 200_000 + f"\n{number}")
                say("report", number)
                journal.star(number % _FEATURES, number % 2 == 0)
                journal.undo()
                say("undone", number)

    # -- what is found afterwards -------------------------------------------------------------------

    def check(self, phase: str, folder: Path, said: dict[str, Any]) -> None:
        """Raise `AssertionError` if the database is not whole or something that was said is not there."""
        from engine.concepts.dictionary import open_dictionary
        from engine.concepts.labels import load_labels
        from engine.concepts.names import journal_of
        from engine.concepts.saved_runs import training_runs
        from engine.corpus.queries import saved_queries
        from engine.corpus.workspace import Workspace
        from engine.sae.checkpoints import checkpoint_digest

        try:
            workspace = Workspace.open(folder)
        except UserError:
            # Killed before the tables were made: nothing was reported, and the next import makes them.
            assert phase == "import", "the workspace does not open"
            assert not said, "the workspace does not open"
            return
        with workspace:
            database = workspace.database
            assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            database.execute(
                "INSERT INTO documents_text (documents_text, rank) VALUES ('integrity-check', 1)"
            )
            assert workspace.document_count >= said.get("documents", 0)
            counts = [count for _, count in workspace.indexes()]
            assert sum(counts) >= said.get("vectors", 0)
            assert not said.get("active") or workspace.active_vectors().count == _DOCUMENTS
            runs = {run.name: run for run in training_runs(folder)}
            if "step" in said:
                assert runs["small"].step >= said["step"], f"step {runs['small'].step} after {said['step']}"
            if "autoencoder" in said:
                assert checkpoint_digest(folder / "saes" / "small") == said["autoencoder"]
            if "labels" in said:
                assert [label.label for label in load_labels(workspace, "small")] == said["labels"]
            if phase == "saving":
                journal = journal_of(workspace, open_dictionary(workspace, "small"))
                entries = journal.entries()
                assert sum(entry.kind == "name" for entry in entries) >= said.get("names", 0)
                if "query" in said:
                    (query,) = saved_queries(workspace)
                    assert int(query.split()[1]) >= int(said["query"].split()[1])
                if "report" in said:
                    lines = (folder / "report.html").read_text(encoding="utf-8").split("\n")
                    assert int(lines[0].split()[1]) == int(lines[-1]) >= said["report"]

    def result(self, phase: str, folder: Path) -> str:
        """Return a digest of what a phase makes, the same for every undisturbed run."""
        from engine.corpus.workspace import Workspace
        from engine.sae.checkpoints import checkpoint_digest

        digest = hashlib.sha256()
        with Workspace.open(folder) as workspace:
            tables = {
                "import": ("SELECT number, name, text, metadata FROM documents ORDER BY id",),
                "embedding": ("SELECT value FROM workspace WHERE key = 'active index'",),
                "training": (),
                "labelling": ("SELECT feature, label FROM labels ORDER BY feature",),
                "saving": (
                    # A star whose taking back was killed stays; what comes after it goes on.
                    "SELECT features, value FROM feature_journal WHERE kind = 'name' ORDER BY id",
                    "SELECT text FROM queries",
                ),
            }
            for query in tables[phase]:
                for row in workspace.database.execute(query):
                    digest.update(repr(tuple(row)).encode())
            if phase == "embedding":
                digest.update(workspace.active_vectors().vectors.tobytes())
        if phase == "training":
            digest.update(checkpoint_digest(folder / "saes" / "small").encode())
        return digest.hexdigest()


def child_said(
    world: World, phase: str, folder: Path, delay: float | None
) -> tuple[dict[str, Any], bool, float]:
    """Run a phase in a child, killed after `delay` seconds if it takes that long.

    Returns:
        the last of each thing that it said, whether it was killed, and how long it ran.
    """
    reading, writing = os.pipe()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(_PATIENCE_SECONDS)
        code = 1
        try:
            world.work(phase, folder, lambda name, value: _say(writing, name, value))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, encoding="utf-8") as stream:
        lines = stream.read().split("\n")
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"{phase} ended with {code}"
    # The last line may be cut; it was not said then.
    return dict(json.loads(line) for line in lines[:-1]), code != 0, time.monotonic() - start


def _say(pipe: int, name: str, value: Any) -> None:
    os.write(pipe, (json.dumps([name, value]) + "\n").encode())


@dataclasses.dataclass
class Tally:
    """What came of one phase.

    Attributes:
        killed: children killed.
        after_saving: of them, those that had something to lose.
        through: runs that came to their end.
        leftovers: unfinished temporary files that were still there then.
    """

    killed: int = 0
    after_saving: int = 0
    through: int = 0
    leftovers: int = 0


def run(count: int, seed: int) -> dict[str, Tally]:
    """Kill `count` children, as many in each phase; raise `AssertionError` at the first loss."""
    moments = random.Random(seed)
    tallies = {phase: Tally() for phase in PHASES}
    with tempfile.TemporaryDirectory(prefix="semascope-kills-") as temporary:
        place = Path(temporary)
        world = World(place)
        stage = place / "stage"
        for number, phase in enumerate(PHASES):
            wanted = count // len(PHASES) + (number < count % len(PHASES))
            whole = place / f"after-{phase}"
            if stage.exists():
                shutil.copytree(stage, whole)
            _, _, seconds = child_said(world, phase, whole, None)
            wanted_result, tally = world.result(phase, whole), tallies[phase]
            while tally.killed < wanted:
                trial = place / "trial"
                shutil.rmtree(trial, ignore_errors=True)
                if stage.exists():
                    shutil.copytree(stage, trial)
                said: dict[str, Any] = {}
                while True:
                    kill = tally.killed < wanted
                    # A phase that goes on has less to do each time, so short delays are the more frequent.
                    delay = min(moments.expovariate(3 / seconds), 2 * seconds) if kill else None
                    new, killed, _ = child_said(world, phase, trial, delay)
                    said |= new
                    if trial.exists():
                        world.check(phase, trial, said)
                    if not killed:
                        break
                    tally.killed += 1
                    tally.after_saving += bool(said)
                tally.through += 1
                tally.leftovers += len([path for path in trial.rglob(".*") if path.is_file()])
                assert world.result(phase, trial) == wanted_result, f"{phase} ended in another way"
            print(f"{phase}: {dataclasses.asdict(tally)}, undisturbed {seconds:.1f} s", flush=True)
            stage = whole
    return tallies


def main(arguments: argparse.Namespace) -> int:
    """Run the trial and print its table."""
    start = time.monotonic()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    tallies = run(arguments.count, arguments.seed)
    total = sum((Counter(dataclasses.asdict(tally)) for tally in tallies.values()), Counter())
    print(
        f"{total['killed']} killed, {total['after_saving']} of them after something was reported saved;"
        f" nothing of that was lost; {total['through']} runs came to the same end as an undisturbed one;"
        f" SQLite {sqlite3.sqlite_version}; {time.monotonic() - start:.0f} s",
        file=sys.stderr,
    )
    return 0
