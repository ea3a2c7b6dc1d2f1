"""A model folder from a stranger: nothing of it runs, nothing outside of it is read."""

import contextlib
import json
import os
import shutil
import time

import pytest

from engine.corpus.embedding import document_embedder
from engine.encoder import Encoder, folder_checks
from engine.errors import UserError
from engine.jobs import Job
from tests.models import change_json, write_json


@pytest.fixture
def folder(tiny_model, tmp_path):
    """A copy of a tiny BERT that a test may spoil."""
    return shutil.copytree(tiny_model("bert", dense=10), tmp_path / "model")


def refused(folder, reason):
    with pytest.raises(UserError, match=reason) as caught:
        Encoder(folder, device="cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("trusting", ["model_args", "model_kwargs", "config_args", "tokenizer_args"])
def test_code_beside_a_model_is_not_run_even_if_its_settings_ask_for_it(trusting, folder, tmp_path):
    ran = tmp_path / "ran"
    code = f"open({str(ran)!r}, 'w').close()\n"
    for name in ("own.py", "modeling_own.py", "sitecustomize.py", "1_Pooling/own.py"):
        (folder / name).write_text(code, encoding="utf-8")
    change_json(folder / "config.json", auto_map={"AutoConfig": "own.Own", "AutoModel": "own.Net"})
    change_json(folder / "sentence_bert_config.json", **{trusting: {"trust_remote_code": True}})
    change_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["own.Slow", "own.Fast"]})
    with contextlib.suppress(UserError):
        Encoder(folder, device="cpu")
    assert not ran.exists()


def test_an_activation_function_that_is_none_is_not_called(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("os.getcwd", "torch.utils.collect_env.main", "torch.hub.list", "builtins.breakpoint"):
        change_json(folder / "2_Dense" / "config.json", activation_function=name)
        try:
            encoder = Encoder(folder, device="cpu")
        except UserError:
            continue
        # A name that is not trusted falls back to the usual function; nothing was called.
        assert "Tanh" in str(encoder.model)


@pytest.mark.parametrize(
    "name", ["tokenizer.json", "config.json", "model.safetensors", "1_Pooling/config.json"]
)
def test_a_link_out_of_the_folder_is_not_followed(name, folder, tmp_path):
    secret = tmp_path / "elsewhere"
    (folder / name).rename(secret)
    (folder / name).symlink_to(secret)
    refused(folder, "leads out of the model folder")


def test_a_link_to_another_drive_is_refused_in_one_line(folder, tmp_path, monkeypatch):
    # On Windows places on two drives have nothing in common, which is an error there.
    def nothing_in_common(_paths):
        raise ValueError("Paths don't have the same drive")

    (folder / "other").symlink_to(tmp_path)
    monkeypatch.setattr(os.path, "commonpath", nothing_in_common)
    refused(folder, "leads out of the model folder")


def test_links_to_files_of_a_hub_cache_are_followed(tiny_model, tmp_path):
    cache = tmp_path / "models--someone--small"
    place = shutil.copytree(tiny_model("bert"), cache / "snapshots" / "0123")
    (cache / "blobs").mkdir()
    (place / "model.safetensors").rename(cache / "blobs" / "abcd")
    (place / "model.safetensors").symlink_to(cache / "blobs" / "abcd")
    assert Encoder(place, device="cpu").info.name == "small"


def test_what_is_no_file_is_not_opened(folder):
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")
    refused(folder, "config.json is no file")


@pytest.mark.parametrize("path", ["../other", "/etc", "1_Pooling/../../other"])
def test_modules_outside_of_the_folder_are_refused(path, folder):
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[1]["path"] = path
    write_json(folder / "modules.json", modules)
    refused(folder, "names a folder outside of the model")


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 10**9},
        {"hidden_size": 10**12},
        {"vocab_size": 10**10},
        {"max_position_embeddings": 10**12},
        {"hidden_size": 20_000, "intermediate_size": 2_000_000},
        {"vocab_size": 9_000_000},
    ],
)
def test_settings_of_absurd_size_are_refused_before_memory_is_taken(changes, folder):
    change_json(folder / "config.json", **changes)
    start = time.monotonic()
    refused(folder, "more than any model has|many times as large as its weights")
    assert time.monotonic() - start < 5


def test_texts_of_absurd_size_are_not_parsed(folder, monkeypatch):
    monkeypatch.setattr(folder_checks, "_LARGEST_TEXT", 100_000)
    with (folder / "tokenizer.json").open("ab") as stream:
        stream.truncate(200_000)
    refused(folder, "more than any model needs")


def test_settings_nested_without_end_are_refused(folder):
    (folder / "config.json").write_text("[" * 100_000, encoding="utf-8")
    refused(folder, "config.json is no JSON")
    (folder / "modules.json").write_text("[" * 100_000, encoding="utf-8")
    refused(folder, "is not a list of modules")


@pytest.fixture
def slow_pattern(folder):
    """A tokenizer whose pattern would try every way to cut a run of letters in two."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["pre_tokenizer"] = {
        "type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False
    }  # fmt: skip
    write_json(folder / "tokenizer.json", tokenizer)
    change_json(folder / "tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")
    return Encoder(folder, device="cpu")


def test_a_pattern_that_never_ends_is_ended(slow_pattern):
    text = "a" * 60 + "b"
    start = time.monotonic()
    with pytest.raises(UserError, match="the tokenizer of this model gives up"):
        slow_pattern.tokenize(text)
    with pytest.raises(UserError, match="the tokenizer of this model gives up"):
        document_embedder(slow_pattern)([text], Job())
    assert time.monotonic() - start < 30
