"""One embedding model, ready to be explained."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from transformers import PreTrainedTokenizerFast

from engine.encoder.layers import LayerSite, captured_states, find_layers, replaced_states
from engine.encoder.loading import choose_device, default_model_folder, fingerprint, load_model
from engine.encoder.tokens import TokenizedText, tokenize
from engine.errors import UserError
from engine.jobs import Job
from engine.memory import with_halved_chunks

Role = Literal["query", "document"]
FloatArray = npt.NDArray[np.float32]
ENCODE_TOLERANCE = 1e-4
_PROMPT_NAMES: dict[Role, tuple[str, ...]] = {
    "query": ("query",),
    "document": ("document", "passage", "corpus"),
}


@dataclass(frozen=True)
class ModelInfo:
    """What a result says about the model behind it.

    Attributes:
        name: the folder's name, or the name that its card gives.
        folder: where it was loaded from.
        family: the model type of its configuration ("bert", "qwen3").
        fingerprint: sha256 over weights, tokenizer, pooling and configuration.
        pooling: how token states become one vector ("mean", "cls", "max", "lasttoken", ...).
        normalized: True if the model ends in a unit-norm module.
        dimension: D, the length of an embedding.
        layers: how many layers there are.
        max_tokens: tokens after which a text is cut.
        device: where it runs ("cpu", "cuda", "mps").
    """

    name: str
    folder: str
    family: str
    fingerprint: str
    pooling: str
    normalized: bool
    dimension: int
    layers: int
    max_tokens: int
    device: str


class Encoder:
    """A local sentence-transformers model: tokens with spans, embeddings, and the layers in between.

    The model is wrapped, never subclassed, so that pooling and prompts stay as saved.

    Args:
        folder: the model folder; the embedded all-MiniLM-L6-v2 by default.
        device: "auto", "cuda", "mps" or "cpu".
        layer_path: dotted path to the list of layers, for an unknown family.

    Raises:
        UserError: the folder cannot be used; the message says why.
    """

    def __init__(
        self, folder: str | Path | None = None, device: str = "auto", layer_path: str | None = None
    ) -> None:
        path = Path(folder).expanduser() if folder is not None else default_model_folder()
        self.device = choose_device(device)
        self.model = load_model(path, self.device)
        self._transformer: Any = self.model[0]
        network = getattr(self._transformer, "model", None)
        if network is None:
            raise UserError(f"{path} does not start with a transformer; only such models can be explained")
        # A cache of keys and values would only hold memory: every pass reads the whole text.
        network.config.use_cache = False
        self.tokenizer = self._fitting_tokenizer(path, network)
        self.sites: list[LayerSite] = find_layers(network, layer_path)
        self.word_embeddings: torch.nn.Module = network.get_input_embeddings()
        limit: Any = self.model.max_seq_length or getattr(network.config, "max_position_embeddings", 512)
        self.info = ModelInfo(
            name=_display_name(path),
            folder=str(path),
            family=str(network.config.model_type),
            fingerprint=fingerprint(path),
            pooling=self._pooling_name(),
            normalized=any(isinstance(module, Normalize) for module in self.model),
            dimension=int(self.model.encode("a", show_progress_bar=False).shape[-1]),
            layers=len(self.sites),
            max_tokens=min(int(limit), 10_000_000),
            device=self.device.type,
        )

    # -- text in ------------------------------------------------------------------------------------

    def tokenize(self, text: str, role: Role = "document") -> TokenizedText:
        """Return the tokens of a text under the prompt that the model keeps for `role`.

        Raises:
            UserError: the text is blank, or the model prepares text in a way that cannot be traced back.
        """
        prompt = self.prompt(role)
        tokenized = tokenize(self.tokenizer, text, prompt, self.info.max_tokens)
        seen = self._features(tokenized)["input_ids"][0].cpu().numpy()
        if not np.array_equal(seen, tokenized.ids):
            raise UserError(
                f"{self.info.name} rewrites its input before reading it, so its tokens cannot be traced "
                "to the text; choose another model"
            )
        return tokenized

    def prompt(self, role: Role) -> str:
        """Return the text that the model's configuration puts before a query or a document."""
        prompts = self.model.prompts or {}
        names: tuple[str | None, ...] = (*_PROMPT_NAMES[role], self.model.default_prompt_name)
        return next((prompt for name in names if name is not None and (prompt := prompts.get(name))), "")

    # -- embeddings -----------------------------------------------------------------------------------

    def embed(self, texts: Sequence[TokenizedText], job: Job | None = None) -> FloatArray:
        """Return the embeddings (N, D) of tokenized texts, in the order given."""
        if not texts:
            return np.zeros((0, self.info.dimension), dtype=np.float32)
        prompts = {text.prompt for text in texts}
        if len(prompts) > 1:
            raise ValueError("texts of one batch must share their prompt")
        return self.embed_ids([text.ids for text in texts], texts[0], job)

    def embed_ids(
        self, sequences: Sequence[npt.NDArray[np.int64]], like: TokenizedText, job: Job | None = None
    ) -> FloatArray:
        """Return the embeddings (N, D) of raw token sequences, each pass over sequences of like length.

        Equal sequences are embedded once.

        Args:
            sequences: token ids, specials included, of any lengths.
            like: a text whose prompt the sequences share.
            job: progress and cancellation.
        """
        job = job or Job()
        unique: dict[bytes, int] = {}
        rows = [unique.setdefault(ids.tobytes(), len(unique)) for ids in sequences]
        distinct = [np.frombuffer(key, dtype=np.int64) for key in unique]
        order = sorted(range(len(distinct)), key=lambda i: len(distinct[i]))
        out = np.empty((len(distinct), self.info.dimension), dtype=np.float32)

        def run(tokens_per_pass: int) -> None:
            done = 0
            with self.watched(job):
                for batch in _batches(order, distinct, tokens_per_pass):
                    job.step("embedding", done / len(distinct))
                    out[batch] = self._forward([distinct[i] for i in batch], like)
                    done += len(batch)

        with_halved_chunks(run, 2048 if self.device.type == "cpu" else 65_536, self.device)
        return out[rows]

    def check(self, text: TokenizedText) -> FloatArray:
        """Return the embedding (D,) of a text after checking it against `SentenceTransformer.encode`.

        Raises:
            UserError: the two differ by more than 1e-4 of the norm, so an explanation would describe
                another computation than the one in use.
        """
        ours: FloatArray = self.embed([text])[0]
        theirs = self.model.encode(text.text, prompt=text.prompt, show_progress_bar=False)
        difference = float(np.linalg.norm(ours - theirs)) / max(float(np.linalg.norm(theirs)), 1e-12)
        if not difference <= ENCODE_TOLERANCE:
            raise UserError(
                f"the embedding of {self.info.name} cannot be reproduced (difference {difference:.1e}); "
                "this model cannot be explained"
            )
        return ours

    def reference_embedding(self, text: TokenizedText) -> FloatArray:
        """Return the embedding (D,) of the text's padding reference: specials and prompt kept."""
        with torch.no_grad(), self._padded(text):
            embedded = self.model(dict(self._features(text)))["sentence_embedding"][0]
        return np.asarray(embedded.float().cpu().numpy(), dtype=np.float32)

    def path(self, text: TokenizedText, layer: int, job: Job | None = None) -> "EncoderPath":
        """Return the part of the model above `layer` (0 is the first) for one text, and its reference.

        Args:
            text: a text tokenized by this encoder.
            layer: 0 for the token embeddings, up to the number of layers less one.
            job: cancellation, checked at every layer of every pass through the path.

        Raises:
            UserError: there is no such layer.
        """
        if not 0 <= layer < len(self.sites):
            last = len(self.sites) - 1
            raise UserError(f"layer {layer} is not there: {self.info.name} has layers 0 to {last}")
        site, features = self.sites[layer], self._features(text)
        with torch.no_grad():
            with captured_states(site) as of_text:
                self._transformer(dict(features))
            with captured_states(site) as of_reference, self._padded(text):
                self._transformer(dict(features))
        return EncoderPath(self, features, site, of_text[0][0], of_reference[0][0], job or Job())

    def token_states(self, text: TokenizedText) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the states (S, H) that enter pooling, and the attention mask (S,)."""
        with torch.no_grad():
            features = self._transformer(dict(self._features(text)))
        return features["token_embeddings"][0], features["attention_mask"][0]

    @contextlib.contextmanager
    def watched(self, job: Job) -> Iterator[None]:
        """Check for cancellation at every layer of the passes inside the block."""

        def check(_module: torch.nn.Module, _inputs: Any) -> None:
            job.cancel.check()

        handles = [site.module.register_forward_pre_hook(check) for site in self.sites]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    @property
    def pad_id(self) -> int:
        """The token that a reference puts in place of every content token."""
        for token in (self.tokenizer.pad_token_id, self.tokenizer.unk_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return int(token)
        return 0

    # -- inside -----------------------------------------------------------------------------------------

    def _features(self, text: TokenizedText) -> dict[str, Any]:
        features = self.model.preprocess([text.text], prompt=text.prompt or None)
        return {k: v.to(self.device) if isinstance(v, torch.Tensor) else v for k, v in features.items()}

    def _forward(self, sequences: list[npt.NDArray[np.int64]], like: TokenizedText) -> FloatArray:
        # A model without specials has nothing left of a text whose tokens are all removed.
        filled = [ids if len(ids) else np.asarray([self.pad_id]) for ids in sequences]
        padded = self.tokenizer.pad({"input_ids": [ids.tolist() for ids in filled]}, return_tensors="pt")
        features: dict[str, Any] = {key: value.to(self.device) for key, value in padded.items()}
        template = self._features(like)
        if "token_type_ids" in template:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        features |= {key: template[key] for key in ("modality", "prompt_length") if key in template}
        with torch.no_grad():
            embedded = self.model(features)["sentence_embedding"]
        return np.asarray(embedded.float().cpu().numpy(), dtype=np.float32)

    @contextlib.contextmanager
    def _padded(self, text: TokenizedText) -> Iterator[None]:
        """Put the padding vector in place of every content token's vector.

        The ids stay those of the text: RoBERTa and MPNet derive positions from them, and would give
        every padding token the same position.
        """
        content = torch.tensor(text.content, device=self.device)
        vector = self.word_embeddings(torch.tensor([self.pad_id], device=self.device))

        def hook(_module: torch.nn.Module, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
            replaced = output.clone()
            replaced[:, content] = vector
            return replaced

        handle = self.word_embeddings.register_forward_hook(hook)
        try:
            yield
        finally:
            handle.remove()

    def _pooling_name(self) -> str:
        pooling = next((module for module in self.model if isinstance(module, Pooling)), None)
        if pooling is None:
            return "none"
        mode = pooling.pooling_mode
        return mode if isinstance(mode, str) else "+".join(mode)

    def _fitting_tokenizer(self, path: Path, network: Any) -> PreTrainedTokenizerFast:
        tokenizer = self.model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise UserError(f"the tokenizer of {path} gives no character positions; add its tokenizer.json")
        rows = int(network.get_input_embeddings().num_embeddings)
        largest = max(tokenizer.get_vocab().values())
        if largest >= rows:
            raise UserError(
                f"the tokenizer of {path} does not fit its model: it has ids up to {largest}, "
                f"the model knows {rows} tokens; copy both from the same place"
            )
        return tokenizer  # type: ignore[no-any-return]


class EncoderPath:
    """The model above one layer as a differentiable function of the states that enter it.

    Attributes:
        text_states: (S, H) what enters the layer for the text.
        reference_states: (S, H) the same with every content token's embedding replaced by padding.
    """

    def __init__(
        self,
        encoder: Encoder,
        features: dict[str, Any],
        site: LayerSite,
        text_states: torch.Tensor,
        reference_states: torch.Tensor,
        job: Job,
    ) -> None:
        self.text_states = text_states
        self.reference_states = reference_states
        self._encoder, self._features, self._site, self._job = encoder, features, site, job

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (B, D) for states (B, S, H) entering the layer.

        Layers below run once on the text as a batch of one; the mask broadcasts over the batch.
        """
        model = self._encoder.model
        with self._encoder.watched(self._job), replaced_states(self._site, states):
            features = model[0](dict(self._features))
        features["attention_mask"] = features["attention_mask"].expand(states.shape[0], -1)
        for module in list(model)[1:]:
            features = module(features)
        embedding: torch.Tensor = features["sentence_embedding"]
        return embedding


def _batches(
    order: list[int], sequences: list[npt.NDArray[np.int64]], tokens_per_pass: int
) -> list[list[int]]:
    """Cut `order` (ascending length) into runs whose padded size stays within `tokens_per_pass`."""
    batches: list[list[int]] = []
    for index in order:
        length = max(len(sequences[index]), 1)
        if batches and length * (len(batches[-1]) + 1) <= tokens_per_pass:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _display_name(folder: Path) -> str:
    embedded = folder == default_model_folder()
    return "all-MiniLM-L6-v2" if embedded else folder.resolve().name
