"""The command line on the embedded model: a few whole processes, and every bad input in this one."""

import html
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.attribution.explainer import Explainer
from engine.attribution.worked_example import CANDIDATE, QUERY
from engine.cli import main
from engine.cli.arguments import parse
from tests.models import save_model

ROOT = Path(__file__).resolve().parents[2]
PAIR = ("--query", QUERY, "--candidate", CANDIDATE)
QUICK = ("--layer", "5", "--tolerance", "0.1", "--no-faithfulness")
SECOND = "Ö <b>sugar</b> عسل 👩‍👧"


def start(*arguments, **options):
    command = [sys.executable, "main.py", *arguments]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen(command, cwd=ROOT, text=True, encoding="utf-8", **streams)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One run that writes everything, the JSON to standard output."""
    folder = tmp_path_factory.mktemp("reports")
    files = {kind: folder / f"report.{kind}" for kind in ("html", "png", "svg", "pdf")}
    outputs = [word for kind, file in files.items() for word in (f"--{kind}", str(file))]
    process = start("explain", *PAIR, "--candidate", SECOND, "--json", "-", *outputs)
    out, err = process.communicate(timeout=200)
    assert (process.returncode, err) == (0, "")
    return json.loads(out), files


def test_the_json_is_the_explanation(whole, encoder):
    data, _ = whole
    assert data["model"]["fingerprint"] == encoder.info.fingerprint
    assert data["query"]["text"] == QUERY
    assert [candidate["text"] for candidate in data["candidates"]] == [CANDIDATE, SECOND]
    vectors = encoder.model.encode([QUERY, CANDIDATE, SECOND], show_progress_bar=False)
    for candidate, vector in zip(data["candidates"], vectors[1:], strict=True):
        assert candidate["similarity"] == pytest.approx(float(vectors[0] @ vector), abs=1e-4)
        assert sum(candidate["ledger"].values()) == pytest.approx(candidate["similarity"], abs=1e-9)
        assert np.sum(candidate["matrix"]) == pytest.approx(candidate["ledger"]["explained"], abs=1e-5)
        assert max(candidate["error"].values()) <= data["tolerance"]
        assert candidate["faithfulness"]["deletion"]["orders"] == 20


def test_every_file_is_whole(whole):
    _, files = whole
    assert files["html"].read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    assert files["svg"].read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert files["pdf"].read_bytes().rstrip().endswith(b"%%EOF")
    assert sorted(file.name for file in files["html"].parent.iterdir()) == sorted(
        f.name for f in files.values()
    )


@pytest.mark.skipif(os.name == "nt", reason="the command is quoted for the shell of the system")
def test_the_command_in_the_page_asks_for_the_same(whole):
    source = whole[1]["html"].read_text(encoding="utf-8")
    command = shlex.split(html.unescape(re.search(r"<pre><code>(.*?)</code>", source, re.DOTALL)[1]))
    assert command[:3] == ["python", "main.py", "explain"]
    again, first = parse(command[2:]), parse(["explain", *PAIR, "--candidate", SECOND, "--device", "cpu"])
    settings = {name: value for name, value in vars(first).items() if name != "run"}
    assert {name: value for name, value in vars(again).items() if name != "run"} == settings


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signal between processes")
def test_an_interrupt_ends_with_130_and_leaves_nothing(tmp_path):
    words = " ".join(f"word{index}" for index in range(250))
    process = start("explain", "--query", words, "--candidate", words, "--json", str(tmp_path / "a.json"))
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "main.py: interrupted\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("explain", "--help"), ("explain", "--query"), ("explain", *PAIR, "--tolerance", "nan")],
)
def test_help_and_mistakes_answer_at_once(arguments):
    code = (
        "import sys, engine.cli; code = engine.cli.main(sys.argv[1:]);"
        "print(code, sorted({'torch', 'transformers', 'matplotlib', 'PySide6'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    expected = 0 if "--help" in arguments else 2
    assert done.stdout.splitlines()[-1] == f"{expected} []"
    assert len(done.stderr.splitlines()) == (0 if expected == 0 else 1)


# -- in this process, with the encoder that is loaded already ----------------------------------------


@pytest.fixture
def run(monkeypatch, encoder, capfd):
    """Runs a subcommand with the embedded model; returns exit code, output and error output."""
    monkeypatch.setattr("engine.encoder.Encoder", lambda *_: encoder)
    monkeypatch.setattr(sys, "argv", ["main.py"])

    def call(*arguments):
        code = main(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return call


def refused(result):
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.startswith("main.py")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_without_outputs_the_terminal_gets_the_explanation(run):
    code, out, err = run("explain", *PAIR, *QUICK)
    assert (code, err) == (0, "")
    assert "0.7136 cosine similarity" in out
    assert re.search(r"Ledger +explained", out)
    assert "Tests" not in out
    assert "\x1b" not in out


def test_files_do_not_silence_the_terminal_but_standard_output_does(run, tmp_path):
    _, out, _ = run("explain", *PAIR, *QUICK, "--json", str(tmp_path / "a.json"))
    assert "0.7136 cosine similarity" in out
    _, out, _ = run("explain", *PAIR, *QUICK, "--svg", "-")
    assert out.startswith("<?xml")


@pytest.mark.parametrize(
    ("query", "candidate"),
    [
        ("a", "b"),
        ("👩‍👩‍👧", "🎉🎉"),
        ("مرحبا بالعالم", "שלום"),
        ("我喜欢吃苹果", "日本語のテキスト"),
        ("bell\x07 \x1b[31m red", "tab\t and\x01"),
        ("<script>alert(1)</script>", "</style> & \"quotes\" 'single'"),
        ("--query", "-5 degrees"),
        ("word " * 20_000, "x" * 100_000),
    ],
)
def test_every_text_is_explained_in_every_format(run, tmp_path, query, candidate):
    files = {kind: tmp_path / f"a.{kind}" for kind in ("json", "html", "svg")}
    outputs = [f"--{kind}={file}" for kind, file in files.items()]
    code, _, err = run("explain", f"--query={query}", f"--candidate={candidate}", *QUICK, *outputs)
    assert (code, err) == (0, "")
    data = json.loads(files["json"].read_text(encoding="utf-8"))
    assert data["query"]["text"] == query
    assert data["candidates"][0]["text"] == candidate
    assert data["query"]["truncated"] == (len(query) >= 100_000)
    assert all(file.stat().st_size > 1000 for file in files.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--query", "", "--candidate", "b"), "query: the text is empty; write at least one word"),
        (("--query", "a", "--candidate", " \n\t"), "candidate: the text is empty; write at least one word"),
        (("--query", "\x01\x02", "--candidate", "b"), "query: the model sees no token in"),
        (("--query", "a\udcff", "--candidate", "b"), "query: character 2 of the text is only half of one"),
        ((*PAIR, "--layer", "6"), "layer 6 is not there: all-MiniLM-L6-v2 has layers 0 to 5"),
        ((*PAIR, "--layer", "-1"), "layer -1 is not there"),
        ((*PAIR, "--layer", "one"), "argument --layer: invalid int value: 'one'"),
        ((*PAIR, "--tolerance", "nan"), "tolerance nan is out of range; choose one from 1e-6 to 0.5"),
        ((*PAIR, "--tolerance", "inf"), "tolerance inf is out of range"),
        ((*PAIR, "--tolerance", "0"), "tolerance 0 is out of range"),
        ((*PAIR, "--method", "lime"), "argument --method: invalid choice: 'lime'"),
        ((*PAIR, "--json", "/no/such/folder/a.json"), "there is no folder /no/such/folder; make it first"),
        ((*PAIR, "--json", "-", "--html", "-"), "--json and --html name the same place"),
        (("--query", "a"), "the following arguments are required: --candidate"),
        ((*PAIR, "--cand", "c"), "unrecognized arguments: --cand c"),
    ],
)
def test_bad_input_is_one_line(run, arguments, message):
    assert message in refused(run("explain", *arguments))


def test_no_or_an_unknown_subcommand_is_one_line(run):
    assert "required: command" in refused(run("--"))
    assert "invalid choice: 'explian'" in refused(run("explian"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_one_line_and_leaves_nothing(run, tmp_path):
    err = refused(run("explain", *PAIR, *QUICK, "--json", "/dev/full", "--html", str(tmp_path / "a.html")))
    assert "cannot write /dev/full: No space left on device" in err
    assert Path("/dev/full").is_char_device()
    assert {file.name for file in tmp_path.iterdir()} <= {"a.html"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("arguments", [("--help",), ("explain", *PAIR, *QUICK)])
def test_a_full_standard_output_is_one_line(run, monkeypatch, arguments):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        code, _, err = run(*arguments)
    assert code == 2
    assert err == "main.py: cannot write to standard output: No space left on device; redirect it elsewhere\n"


@pytest.mark.parametrize("arguments", [("--help",), ("explain", *PAIR, *QUICK)])
def test_a_reader_may_leave(run, monkeypatch, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        code, _, err = run(*arguments)
    assert (code, err) == (0, "")


def test_nothing_is_computed_for_an_output_that_cannot_be_written(run, monkeypatch, tmp_path):
    monkeypatch.setattr("engine.encoder.Encoder", lambda *_: pytest.fail("the model was loaded"))
    refused(run("explain", *PAIR, "--png", str(tmp_path)))


def test_an_interrupt_keeps_what_is_finished(run, monkeypatch, tmp_path):
    explain = Explainer.explain

    def interrupted(self, request, job, partial):
        def stop(explanation):
            partial(explanation)
            signal.raise_signal(signal.SIGINT)

        return explain(self, request, job, stop)

    monkeypatch.setattr(Explainer, "explain", interrupted)
    file = tmp_path / "a.json"
    code, _, err = run("explain", *PAIR, "--candidate", "never", *QUICK, "--json", str(file))
    assert (code, err) == (130, "main.py: interrupted; 1 of 2 candidates are kept\n")
    assert [candidate["text"] for candidate in json.loads(file.read_text())["candidates"]] == [CANDIDATE]


def test_selftest_passes_in_one_line(run):
    code, out, err = run("selftest")
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert out.startswith("selftest passed in ")


def test_selftest_fails_when_a_number_is_off(run, monkeypatch, encoder):
    # A model whose encode() differs from what is explained: the one thing that must never pass.
    encode = encoder.model.encode
    monkeypatch.setattr(
        encoder.model, "encode", lambda texts, **options: encode(texts, **options) + isinstance(texts, list)
    )
    code, out, _ = run("selftest")
    assert (code, out.count("\n")) == (1, 1)
    assert "similarity off encode() by" in out


def test_selftest_fails_in_one_line_without_a_model(run, monkeypatch, tmp_path):
    from engine.encoder.encoder import Encoder

    monkeypatch.setattr("engine.encoder.Encoder", lambda: Encoder(tmp_path))
    code, out, _ = run("selftest")
    assert (code, out.count("\n")) == (1, 1)
    assert out.startswith("selftest failed: ")


# -- models that cannot be used ----------------------------------------------------------------------


@pytest.fixture
def with_model(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["main.py"])

    def call(folder):
        code = main(["explain", *PAIR, *QUICK, "--layer", "0", "--model", str(folder)])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_another_model_is_explained(with_model, tmp_path):
    code, out, err = with_model(save_model(tmp_path / "tiny", "bert"))
    assert (code, err) == (0, "")
    assert out.startswith("tiny (")


def test_a_folder_that_is_no_model_is_one_line(with_model, tmp_path):
    assert "it has neither modules.json nor config.json" in refused(with_model(tmp_path))
    assert "is not a folder" in refused(with_model(tmp_path / "nowhere"))


def test_truncated_weights_are_one_line(with_model, tmp_path):
    folder = save_model(tmp_path / "tiny", "bert")
    weights = next(folder.rglob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-100])
    assert "is damaged or cut short" in refused(with_model(folder))


def test_pickled_weights_are_one_line(with_model, tmp_path):
    folder = save_model(tmp_path / "tiny", "bert")
    weights = next(folder.rglob("*.safetensors"))
    weights.rename(weights.with_name("pytorch_model.bin"))
    assert "holds pickled weights" in refused(with_model(folder))
