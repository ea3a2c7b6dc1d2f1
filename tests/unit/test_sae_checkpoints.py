"""Checkpoints: what is saved comes back, in our layout and in those of other programs."""

import json
import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import relu

from engine.errors import UserError
from engine.sae.architectures import ARCHITECTURES, SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import CONFIG_FILE, WEIGHTS_FILE, load_checkpoint, save_checkpoint
from engine.sae.conversion import EXPORT_FORMATS, export_sae, import_sae

D, F, K = 6, 12, 3
X = torch.randn(40, D, generator=torch.Generator().manual_seed(9))


def trained(architecture="batchtopk", **settings):
    """An SAE whose every weight matters, as after training."""
    sae = SparseAutoencoder(SAEConfig(architecture, D, F, k=K, target_l0=3, **settings))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in (sae.encoder, sae.b_enc, sae.b_dec):
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.3)
        if architecture == "jumprelu":
            sae.threshold.copy_(torch.rand(F, generator=generator))
        elif architecture in {"batchtopk", "matryoshka"}:
            sae.threshold.fill_(0.4)
    return sae


def assert_same(one, other):
    torch.testing.assert_close(one.encode(X).codes, other.encode(X).codes, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(one(X), other(X), rtol=1e-5, atol=1e-6)
    assert one.encode(X).codes.any()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("layer_norm", [False, True])
def test_own_checkpoint(tmp_path, architecture, layer_norm):
    sae = trained(architecture, layer_norm=layer_norm)
    save_checkpoint(sae, tmp_path / "new", {"model_name": "a model"})
    again = load_checkpoint(tmp_path / "new")
    assert again.config == sae.config
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in sae.state_dict().items())
    assert json.loads((tmp_path / "new" / CONFIG_FILE).read_text())["metadata"]["model_name"] == "a model"


@pytest.mark.parametrize(
    ("architecture", "named", "keys"),
    [
        ("vanilla", "standard", set()),
        ("topk", "topk", set()),
        ("batchtopk", "jumprelu", {"threshold"}),
        ("matryoshka", "jumprelu", {"threshold"}),
        ("jumprelu", "jumprelu", {"threshold"}),
    ],
)
def test_layout_of_saelens(tmp_path, architecture, named, keys):
    sae = trained(architecture)
    save_checkpoint(sae, tmp_path)
    config = json.loads((tmp_path / CONFIG_FILE).read_text())
    assert config["architecture"] == named
    assert (config["d_in"], config["d_sae"], config["dtype"]) == (D, F, "float32")
    assert config["apply_b_dec_to_input"] is True
    assert (config["normalize_activations"], config["reshape_activations"]) == ("none", "none")
    assert config.get("k") == (K if architecture == "topk" else None)
    weights = load_file(tmp_path / WEIGHTS_FILE)
    assert set(weights) == {"W_enc", "b_enc", "W_dec", "b_dec"} | keys
    assert weights["W_enc"].shape == (D, F)
    assert weights["W_dec"].shape == (F, D)
    # The forward pass as SAELens documents it.
    pre = (X - weights["b_dec"]) @ weights["W_enc"] + weights["b_enc"]
    if architecture == "topk":
        kept = pre >= pre.topk(K, dim=1).values[:, -1:]
        codes = relu(pre) * kept
    else:
        codes = relu(pre) * (pre > weights.get("threshold", torch.zeros(F)))
    torch.testing.assert_close(codes @ weights["W_dec"] + weights["b_dec"], sae(X))
    # Without our metadata it is opened as any other program's.
    del config["metadata"]["semascope"]
    (tmp_path / CONFIG_FILE).write_text(json.dumps(config))
    assert_same(load_checkpoint(tmp_path), sae)


def test_saelens_without_centring_and_with_rescaling(tmp_path):
    sae = trained("topk")
    save_checkpoint(sae, tmp_path)
    weights = load_file(tmp_path / WEIGHTS_FILE)
    norms = torch.linspace(0.5, 2, F)
    weights["b_enc"] = (weights["b_enc"] - weights["b_dec"] @ weights["W_enc"]) / norms
    weights["W_enc"] = weights["W_enc"] / norms
    weights["W_dec"] = weights["W_dec"] * norms[:, None]
    save_file(weights, tmp_path / WEIGHTS_FILE)
    config = json.loads((tmp_path / CONFIG_FILE).read_text())
    config |= {"apply_b_dec_to_input": False, "rescale_acts_by_decoder_norm": True, "metadata": {}}
    (tmp_path / CONFIG_FILE).write_text(json.dumps(config))
    assert_same(load_checkpoint(tmp_path), sae)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dictionary_learning_there_and_back(tmp_path, architecture):
    sae = trained(architecture)
    assert export_sae(sae, "dictionary-learning", tmp_path) == ()
    again, notes = import_sae(tmp_path)
    assert notes == ()
    assert (again.config.architecture, again.config.groups) == (architecture, sae.config.groups)
    assert_same(again, sae)
    state = torch.load(tmp_path / "ae.pt", weights_only=True)
    # The forward passes as the package documents them.
    if "encoder.weight" in state:
        bias = state["bias" if architecture == "vanilla" else "b_dec"]
        pre = relu((X - bias) @ state["encoder.weight"].T + state["encoder.bias"])
        decoder = state["decoder.weight"].T
    else:
        bias, decoder = state["b_dec"], state["W_dec"]
        inputs = X if architecture == "jumprelu" else X - bias
        pre = relu(inputs @ state["W_enc"] + state["b_enc"])
    if architecture == "topk":
        pre = pre * (pre >= pre.topk(int(state["k"]), dim=1).values[:, -1:])
    elif architecture != "vanilla":
        pre = pre * (pre > state["threshold"])
    torch.testing.assert_close(pre @ decoder + bias, sae(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("format_name", ["sparsify", "sentence-transformers"])
def test_formats_of_the_k_largest(tmp_path, format_name):
    tied = trained("topk")
    with torch.no_grad():
        tied.W_dec.copy_(tied.encoder)
    assert export_sae(tied, format_name, tmp_path / "tied") == ()
    again, notes = import_sae(tmp_path / "tied")
    assert notes == ()
    assert_same(again, tied)
    notes = export_sae(trained("batchtopk"), format_name, tmp_path / "other")
    assert any("threshold is left out" in note for note in notes)
    assert any("decoder is left out" in note for note in notes) == (format_name == "sentence-transformers")
    assert import_sae(tmp_path / "other")[0].config.k == K
    with pytest.raises(UserError, match="vanilla has no k"):
        export_sae(trained("vanilla"), format_name, tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("normalize", [False, True])
def test_sentence_transformers_itself(tmp_path, normalize):
    from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder

    sae = trained("topk", layer_norm=normalize)
    export_sae(sae, "sentence-transformers", tmp_path / "out")
    module = SparseAutoEncoder.load(str(tmp_path / "out"))
    assert module.get_config_dict()["normalize"] is normalize
    with torch.inference_mode():
        codes = module({"sentence_embedding": X})["sentence_embedding"]
    torch.testing.assert_close(codes, sae.encode(X).codes)

    theirs = SparseAutoEncoder(D, F, k=K, k_aux=4, normalize=normalize)
    (tmp_path / "in").mkdir()
    theirs.save(str(tmp_path / "in"))
    ours, _ = import_sae(tmp_path / "in")
    output = theirs.eval()({"sentence_embedding": X})
    torch.testing.assert_close(ours.encode(X).codes, output["sentence_embedding"])
    torch.testing.assert_close(ours(X), output["decoded_embedding_k"])


def test_layout_of_sparsify(tmp_path):
    sae = trained("topk")
    export_sae(sae, "sparsify", tmp_path)
    config = json.loads((tmp_path / "cfg.json").read_text())
    assert (config["d_in"], config["num_latents"], config["k"], config["activation"]) == (D, F, K, "topk")
    weights = load_file(tmp_path / "sae.safetensors")
    assert set(weights) == {"encoder.weight", "encoder.bias", "W_dec", "b_dec"}
    top = relu((X - weights["b_dec"]) @ weights["encoder.weight"].T + weights["encoder.bias"]).topk(K)
    rebuilt = (top.values[:, :, None] * weights["W_dec"][top.indices]).sum(dim=1) + weights["b_dec"]
    torch.testing.assert_close(rebuilt, sae(X))


def write_pair(folder, kind, tensors, **config):
    settings = {"sae_type": kind, "act_size": D, "dict_size": F, "top_k": K, "input_unit_norm": False}
    (folder / "config.json").write_text(json.dumps(settings | config))
    torch.save(tensors, folder / "sae.pt")


@pytest.mark.parametrize("unit_norm", [False, True])
@pytest.mark.parametrize("kind", ["vanilla", "topk", "batchtopk", "jumprelu"])
def test_batchtopk_pair(tmp_path, kind, unit_norm):
    generator = torch.Generator().manual_seed(2)
    W_enc, W_dec = torch.randn(D, F, generator=generator), torch.randn(F, D, generator=generator)
    b_enc, b_dec = torch.randn(F, generator=generator) * 0.1, torch.randn(D, generator=generator)
    if kind in {"topk", "batchtopk"}:
        b_enc = torch.zeros(F)
    tensors = {"W_enc": W_enc, "b_enc": b_enc, "W_dec": W_dec, "b_dec": b_dec}
    if kind == "jumprelu":
        tensors["jumprelu.log_threshold"] = torch.randn(F, generator=generator) - 1
    write_pair(tmp_path, kind, tensors, input_unit_norm=unit_norm)
    sae, notes = import_sae(tmp_path)
    assert bool(notes) == (kind == "batchtopk")
    # Their forward pass, with the k largest of each row for batchtopk.
    mean, scale = X.mean(dim=1, keepdim=True), X.std(dim=1, keepdim=True)
    inputs = (X - mean) / (scale + 1e-5) if unit_norm else X
    pre = relu((inputs if kind == "jumprelu" else inputs - b_dec) @ W_enc + b_enc)
    if kind == "jumprelu":
        pre = pre * (pre > tensors["jumprelu.log_threshold"].exp())
    elif kind != "vanilla":
        pre = pre * (pre >= pre.topk(K, dim=1).values[:, -1:])
    torch.testing.assert_close(sae.encode(X).codes, pre)
    rebuilt = pre @ W_dec + b_dec
    torch.testing.assert_close(sae(X), rebuilt * scale + mean if unit_norm else rebuilt)


class _Attack:
    def __reduce__(self):
        return os.mkdir, ("attacked",)


def test_pickles_never_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_pair(tmp_path, "topk", {"W_enc": _Attack()})
    with pytest.raises(UserError, match=r"sae\.pt .* refused"):
        import_sae(tmp_path)
    save_checkpoint(trained(), tmp_path / "ours")
    (tmp_path / "ours" / WEIGHTS_FILE).write_bytes(pickle.dumps(_Attack()))
    with pytest.raises(UserError, match="not a safetensors file"):
        load_checkpoint(tmp_path / "ours")
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"architecture": "gated"}, "architecture 'gated'"),
        ({"normalize_activations": "covariance_whitening"}, "not supported"),
        ({"d_in": 7}, "does not fit its settings"),
        ({"d_sae": "many"}, "d_sae is 'many'"),
        ({"metadata": {"semascope": 3}}, "damaged"),
    ],
)
def test_broken_settings(tmp_path, damage, message):
    save_checkpoint(trained(), tmp_path)
    config = json.loads((tmp_path / CONFIG_FILE).read_text())
    del config["metadata"]["semascope"]
    (tmp_path / CONFIG_FILE).write_text(json.dumps(config | damage))
    with pytest.raises(UserError, match=message) as caught:
        load_checkpoint(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["W_enc", "b_enc", "W_dec", "b_dec", "threshold"])
@pytest.mark.parametrize("kind", ["shape", "nan", "missing"])
def test_broken_weights(tmp_path, name, kind):
    save_checkpoint(trained(), tmp_path)
    weights = load_file(tmp_path / WEIGHTS_FILE)
    if kind == "shape":
        weights[name] = weights[name][:-1]
    elif kind == "nan":
        weights[name].view(-1)[0] = torch.nan
    else:
        del weights[name]
    save_file(weights, tmp_path / WEIGHTS_FILE)
    with pytest.raises(UserError, match=name):
        load_checkpoint(tmp_path)


def test_folders_that_hold_no_checkpoint(tmp_path):
    with pytest.raises(UserError, match="holds no sparse autoencoder"):
        import_sae(tmp_path)
    with pytest.raises(UserError, match="cannot read"):
        load_checkpoint(tmp_path)
    (tmp_path / CONFIG_FILE).write_text("[1, 2")
    with pytest.raises(UserError, match="not JSON"):
        load_checkpoint(tmp_path)
    (tmp_path / CONFIG_FILE).write_text("[1, 2]")
    with pytest.raises(UserError, match="no settings"):
        load_checkpoint(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot make the folder"):
        save_checkpoint(trained(), tmp_path / "file")
    with pytest.raises(UserError, match="unknown format"):
        export_sae(trained(), "gguf", tmp_path)
    assert EXPORT_FORMATS == ("saelens", "sentence-transformers", "dictionary-learning", "sparsify")


def test_batchtopk_of_dictionary_learning_without_threshold(tmp_path):
    sae = trained("batchtopk")
    with torch.no_grad():
        sae.threshold.fill_(-1)
    export_sae(sae, "dictionary-learning", tmp_path)
    again, notes = import_sae(tmp_path)
    assert again.config.architecture == "topk"
    assert "no threshold" in notes[0]


@pytest.mark.parametrize("format_name", ["dictionary-learning", "sparsify"])
def test_layer_norm_where_there_is_none(tmp_path, format_name):
    with pytest.raises(UserError, match="layer norm"):
        export_sae(trained("topk", layer_norm=True), format_name, tmp_path)
    assert not list(tmp_path.iterdir())
