"""One embedding model, ready to be explained."""

import contextlib
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import PreTrainedTokenizerFast

from engine.encoder.info import ModelInfo, display_name, is_normalized, pooling_name, token_limit
from engine.encoder.layers import LayerSite, captured_states, find_layers, find_token_table
from engine.encoder.loading import (
    choose_device,
    default_model_folder,
    fingerprint,
    load_model,
    one_line,
    tokenizer_fingerprint,
)
from engine.encoder.panics import explained_panics
from engine.encoder.path import EncoderPath, embedding_of
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


class Encoder:
    """A local sentence-transformers model: tokens with spans, embeddings, and the layers in between.

    The model is wrapped, never subclassed, so that pooling and prompts stay as saved.

    Args:
        folder: the model folder; the embedded all-MiniLM-L6-v2 by default.
        device: "auto", "cuda", "mps" or "cpu".
        layer_path: dotted path to the list of layers, for an unknown family.

    Attributes:
        model: the sentence-transformers model.
        tokenizer: its tokenizer.
        sites: the entry of each layer, first layer first.
        word_embeddings: the module that turns token ids into vectors.
        info: what a result says about the model.

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
        network: Any = getattr(self._transformer, "model", None)
        table = find_token_table(network)
        if table is None:
            raise UserError(
                f"{path} does not start with a transformer that reads text; only such models can be explained"
            )
        self.tokenizer = self._fitting_tokenizer(path, table)
        self.sites: list[LayerSite] = find_layers(network, layer_path)
        self._verified: set[int] = set()
        limit = token_limit(self.model, network)
        self.model.max_seq_length = min(self.model.max_seq_length or limit, limit)
        self.word_embeddings, dimension = self._try_out(path, network, table)
        self.info = ModelInfo(
            name=display_name(path),
            folder=str(path),
            family=str(network.config.model_type),
            fingerprint=fingerprint(path),
            tokenizer=tokenizer_fingerprint(path),
            pooling=pooling_name(self.model),
            normalized=is_normalized(self.model),
            dimension=dimension,
            layers=len(self.sites),
            max_tokens=limit,
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
        seen = self.inputs(tokenized)["input_ids"][0].cpu().numpy()
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

    def inputs(self, text: TokenizedText) -> dict[str, Any]:
        """Return what the first module of the model is given for a text, a batch of one."""
        features = self.model.preprocess([text.text], prompt=text.prompt or None)
        return {k: v.to(self.device) if isinstance(v, torch.Tensor) else v for k, v in features.items()}

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
        job, template = job or Job(), self.inputs(like)
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
                    out[batch] = self._forward([distinct[i] for i in batch], template)
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
            embedded = embedding_of(self.model, self.model(dict(self.inputs(text))))[0]
        return np.asarray(embedded.float().cpu().numpy(), dtype=np.float32)

    def path(self, text: TokenizedText, layer: int, job: Job | None = None) -> EncoderPath:
        """Return the part of the model above `layer` (0 is the first) for one text, and its reference.

        Args:
            text: a text tokenized by this encoder.
            layer: 0 for the token embeddings, up to the number of layers less one.
            job: cancellation, checked at every layer of every pass through the path.

        Raises:
            UserError: there is no such layer, or the model reads the states that enter it in a second
                place, so that they cannot be varied here alone.
        """
        if not 0 <= layer < len(self.sites):
            last = len(self.sites) - 1
            raise UserError(f"layer {layer} is not there: {self.info.name} has layers 0 to {last}")
        site, features = self.sites[layer], self.inputs(text)
        watched = functools.partial(self.watched, job or Job())
        with torch.no_grad(), watched():
            with captured_states(site) as of_text:
                self._transformer(dict(features))
            with captured_states(site) as of_reference, self._padded(text):
                self._transformer(dict(features))
        path = EncoderPath(self.model, features, site, of_text[0], of_reference[0], watched)
        if layer not in self._verified:
            self._verify(path, text, layer)
        return path

    def token_states(self, text: TokenizedText) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the states (S, H) that enter pooling, and which of them are pooled (S,), 1 or 0."""
        features = self.inputs(text)
        with torch.no_grad():
            features = self._transformer(dict(features))
        pooled = features["attention_mask"][0].clone()
        pooling = next((module for module in self.model if isinstance(module, Pooling)), None)
        if pooling is not None and not pooling.include_prompt:
            pooled[: features.get("prompt_length", 0)] = 0
        return features["token_embeddings"][0], pooled

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

    def _forward(self, sequences: list[npt.NDArray[np.int64]], like: dict[str, Any]) -> FloatArray:
        """Embed one batch, padded on the right whatever the tokenizer says.

        Padding on the left would move the tokens of a model with absolute positions. On the right it
        changes nothing: masks keep it out, and a causal model has read the text before it comes to it.
        """
        # A model without specials has nothing left of a text whose tokens are all removed.
        filled = [ids if len(ids) else np.asarray([self.pad_id]) for ids in sequences]
        shape = (len(filled), max(len(ids) for ids in filled))
        ids, mask = torch.full(shape, self.pad_id), torch.zeros(shape, dtype=torch.int64)
        for row, sequence in enumerate(filled):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            mask[row, : len(sequence)] = 1
        features: dict[str, Any] = {"input_ids": ids.to(self.device), "attention_mask": mask.to(self.device)}
        if "token_type_ids" in like:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        features |= {key: like[key] for key in ("modality", "prompt_length") if key in like}
        with torch.no_grad():
            embedded = embedding_of(self.model, self.model(features))
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

    def _verify(self, path: EncoderPath, text: TokenizedText, layer: int) -> None:
        """Check once for each layer that its path starts at the reference and ends at the text."""
        with torch.no_grad():
            ends = path(torch.stack([path.reference_states, path.text_states])).float().cpu().numpy()
        wanted = np.stack([self.reference_embedding(text), self.embed([text])[0]])
        if not np.linalg.norm(ends - wanted) <= ENCODE_TOLERANCE * np.linalg.norm(wanted):
            raise UserError(
                f"{self.info.name} does more with the states that enter layer {layer} than that layer does; "
                "choose another layer"
            )
        self._verified.add(layer)

    def _try_out(
        self, path: Path, network: torch.nn.Module, table: torch.nn.Embedding
    ) -> tuple[torch.nn.Module, int]:
        """Embed one letter; return the module that looked up its token, and the length of the embedding.

        T5 has several modules that share one table, and looks tokens up in another than it names.
        """
        used: list[torch.nn.Module] = []

        def note(module: torch.nn.Module, _inputs: Any) -> None:
            used.append(module)

        tables = [m for m in network.modules() if getattr(m, "weight", None) is table.weight]
        handles = [module.register_forward_pre_hook(note) for module in tables]
        try:
            with explained_panics():
                dimension = int(self.model.encode("a", show_progress_bar=False).shape[-1])
        except Exception as error:
            raise UserError(f"{path} cannot embed a text: {one_line(error)}") from error
        finally:
            for handle in handles:
                handle.remove()
        if len(used) != 1:
            raise UserError(
                f"{path} does not look its tokens up in one table, so they cannot be replaced by padding; "
                "choose another model"
            )
        return used[0], dimension

    def _fitting_tokenizer(self, path: Path, table: torch.nn.Embedding) -> PreTrainedTokenizerFast:
        tokenizer = self.model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise UserError(f"the tokenizer of {path} gives no character positions; add its tokenizer.json")
        largest = max(tokenizer.get_vocab().values())
        if largest >= table.num_embeddings:
            raise UserError(
                f"the tokenizer of {path} does not fit its model: it has ids up to {largest}, "
                f"the model knows {table.num_embeddings} tokens; copy both from the same place"
            )
        return tokenizer  # type: ignore[no-any-return]


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
