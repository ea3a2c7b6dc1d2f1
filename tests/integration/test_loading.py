"""Loading a folder: what identifies it, and what is refused with one clear line."""

import json
import shutil
import socket

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers.utils import logging as transformers_logging

from engine.attribution.integrated_jacobians import integrated_jacobians
from engine.encoder import Encoder
from engine.encoder.loading import choose_device, default_model_folder
from engine.errors import UserError
from tests.models import PROMPTS, change_json, write_json

TEXT = "The quick fox isn't 🙂 to find."


@pytest.fixture
def folder(tiny_model, tmp_path):
    """A copy of a tiny BERT that a test may spoil."""
    return shutil.copytree(tiny_model("bert"), tmp_path / "model")


def load(folder, **settings):
    return Encoder(folder, device="cpu", **settings)


def edit_weights(folder, change):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


# -- the embedded model ------------------------------------------------------------------------------------


def test_the_embedded_model_loads_and_explains_without_a_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    encoder = load(None)
    info = encoder.info
    assert (info.name, info.family, info.pooling, info.normalized) == (
        "all-MiniLM-L6-v2",
        "bert",
        "mean",
        True,
    )
    assert (info.dimension, info.layers, info.max_tokens) == (384, 6, 256)
    text = encoder.tokenize("Carbs are broken down into sugar in your body")
    assert np.linalg.norm(encoder.check(text)) == pytest.approx(1, abs=1e-5)
    assert integrated_jacobians(encoder, text, 4).error < 2e-3


def test_loading_prints_nothing(folder, capfd, monkeypatch):
    monkeypatch.setattr(transformers_logging, "_tqdm_active", True)
    edit_weights(folder, lambda weights: weights.pop("pooler.dense.weight"))
    handlers = transformers_logging.get_logger().handlers[:]
    load(folder)
    assert capfd.readouterr() == ("", "")
    assert transformers_logging.get_logger().handlers == handlers


def test_the_default_folder_is_that_of_the_package():
    assert (default_model_folder() / "modules.json").is_file()


# -- what identifies a model -------------------------------------------------------------------------------


def test_a_fingerprint_depends_on_content_and_not_on_name_or_place(tiny_model, tmp_path):
    original = load(tiny_model("bert")).info
    moved = shutil.copytree(tiny_model("bert"), tmp_path / "elsewhere")
    (moved / "README.md").write_text("another card", encoding="utf-8")
    write_json(moved / "evaluation" / "results.json", {"score": 1})
    renamed = load(moved).info
    assert (renamed.fingerprint, renamed.name) == (original.fingerprint, "elsewhere")
    assert original.name == "tiny-bert"
    assert len(original.fingerprint) == 64


@pytest.mark.parametrize("changed", ["weights", "tokenizer", "pooling", "prompts", "length"])
def test_a_fingerprint_changes_with_what_makes_the_embedding(changed, folder):
    before = load(folder).info.fingerprint
    if changed == "weights":
        edit_weights(folder, lambda weights: weights["encoder.layer.0.output.dense.bias"].add_(1e-3))
    elif changed == "tokenizer":
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        tokenizer["normalizer"]["strip_accents"] = False
        write_json(folder / "tokenizer.json", tokenizer)
    elif changed == "pooling":
        write_json(
            folder / "1_Pooling" / "config.json",
            {"word_embedding_dimension": 24, "pooling_mode_cls_token": True},
        )
    elif changed == "prompts":
        change_json(folder / "config_sentence_transformers.json", prompts=PROMPTS)
    else:
        change_json(folder / "sentence_bert_config.json", max_seq_length=50)
    assert load(folder).info.fingerprint != before


def test_a_snapshot_in_a_hub_cache_is_named_as_on_the_hub(tiny_model, tmp_path):
    place = tmp_path / "models--someone--small-model" / "snapshots" / ("0123456789" * 4)
    assert load(shutil.copytree(tiny_model("bert"), place)).info.name == "small-model"


# -- folders that cannot be used ---------------------------------------------------------------------------


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("text", encoding="utf-8")
    for place, reason in (
        (tmp_path / "empty", "neither modules.json nor config.json"),
        (tmp_path / "file", "is not a folder"),
        (tmp_path / "absent", "is not a folder"),
        ("sentence-transformers/all-MiniLM-L6-v2", "is not a folder"),
    ):
        with pytest.raises(UserError, match=reason):
            load(place)


def spoil_with_a_pickle(folder):
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def cut_the_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def cut_the_header_of_the_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])


def write_bytes(name, content):
    def spoil(folder):
        (folder / name).write_bytes(content)

    return spoil


def remove(name):
    def spoil(folder):
        (folder / name).unlink()

    return spoil


def foreign_module(folder):
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[1]["type"] = "custom_pooling.Pooling"
    write_json(folder / "modules.json", modules)


def remote_code(folder):
    change_json(
        folder / "config.json", model_type="own", auto_map={"AutoConfig": "own.Own", "AutoModel": "own.Net"}
    )
    (folder / "own.py").write_text("raise SystemExit('ran')", encoding="utf-8")


def large_token(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["beyond"] = len(vocabulary)
    write_json(folder / "tokenizer.json", tokenizer)


def drop_a_weight(folder):
    edit_weights(folder, lambda weights: weights.pop("encoder.layer.1.attention.self.key.weight"))


def reshape_a_weight(folder):
    def change(weights):
        weights["encoder.layer.1.attention.self.key.weight"] = torch.zeros(24, 12)

    edit_weights(folder, change)


def no_pooling(folder):
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    write_json(folder / "modules.json", modules[:1])


def bag_of_words(folder):
    write_json(
        folder / "modules.json",
        [{"idx": 0, "name": "0", "path": "0_BoW", "type": "sentence_transformers.models.BoW"}],
    )
    write_json(folder / "0_BoW" / "config.json", {"vocab": ["a", "b"], "word_weights": {}})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_with_a_pickle, "holds pickled weights, which can run code"),
        (cut_the_weights, "damaged or cut short"),
        (cut_the_header_of_the_weights, "damaged or cut short"),
        (drop_a_weight, "lacks weights .*attention.self.key.weight"),
        (reshape_a_weight, "cannot be loaded as a model"),
        (remove("model.safetensors"), "cannot be loaded as a model"),
        (write_bytes("modules.json", b"[{]"), "is not a list of modules"),
        (write_bytes("modules.json", b'{"a": 1}'), "is not a list of modules"),
        (foreign_module, r"code that is not part of sentence-transformers \(custom_pooling.Pooling\)"),
        (write_bytes("tokenizer.json", b'{"version": "1.0", "model"'), "cannot be loaded as a model"),
        (write_bytes("config.json", b"not json"), "cannot be loaded as a model"),
        (remote_code, "cannot be loaded as a model"),
        (large_token, "tokenizer of .* does not fit its model"),
        (no_pooling, "cannot embed a text"),
        (bag_of_words, "does not start with a transformer"),
    ],
)
def test_a_spoiled_folder_is_refused_with_the_reason_on_one_line(spoil, reason, folder):
    spoil(folder)
    with pytest.raises(UserError, match=reason) as caught:
        load(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_pickled_weights_of_a_later_module_are_refused(tiny_model, tmp_path):
    spoiled = shutil.copytree(tiny_model("bert", dense=10), tmp_path / "model")
    spoil_with_a_pickle(spoiled / "2_Dense")
    with pytest.raises(UserError, match=r"2_Dense.pytorch_model\.bin holds pickled weights"):
        load(spoiled)


def test_a_missing_pooler_is_not_missed(folder):
    before = load(folder)
    edit_weights(folder, lambda weights: weights.pop("pooler.dense.weight"))
    after = load(folder)
    np.testing.assert_array_equal(before.model.encode(TEXT), after.model.encode(TEXT))


def test_a_device_that_is_not_there_is_refused(monkeypatch, tiny_model):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device().type == "cpu"
    for name in ("cuda", "mps", "abacus"):
        with pytest.raises(
            UserError, match=f"device '{name}' is not available here; choose one of: auto, cpu"
        ):
            Encoder(tiny_model("bert"), device=name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device().type == choose_device("cuda").type == "cuda"
