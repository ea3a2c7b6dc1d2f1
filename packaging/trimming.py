"""What PyInstaller collects and the program never needs, each rule with its reason.

A path below is the place in the bundle; a module counts as the path of its source, so one rule drops both the
compiled module and the source beside it. Every family of models that the program lists must still load:
packaging/try_package.py explains a text with a small model of each.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

Entry = tuple[str, str, str]  # target, source, type: PyInstaller's own form

# Imported by parts of libraries that the program does not use. readline would bring a library under the GPL.
EXCLUDED_MODULES = (
    "IPython", "PyInstaller", "_pytest", "hf_xet", "lxml", "mypy", "numba", "pandas", "pytest", "readline",
    "setuptools", "tensorboard", "tkinter", "torch.utils.tensorboard", "torchvision",
)  # fmt: skip


class Rule(NamedTuple):
    """What may go.

    Attributes:
        why: what it is.
        paths: patterns; `*` also crosses folders.
        but: exceptions from them.
        source_only: whether only sources go, and the compiled modules stay.
    """

    why: str
    paths: tuple[str, ...]
    but: tuple[str, ...] = ()
    source_only: bool = False


# Imported when a text model is loaded, though their families have processors for pictures or sound.
_TEXT_FAMILIES = ("auto", "gemma3", "paligemma")
_OTHER_SENSES = ("image_processing", "video_processing", "feature_extraction")

_WITHOUT_SOURCE = (
    "_decomp", "_dynamo", "_export", "_functorch", "_inductor", "_numpy", "_refs", "_subclasses", "ao",
    "cuda", "distributed", "distributions", "export", "masked", "onnx", "optim", "package", "profiler",
    "quantization", "sparse", "testing",
)  # fmt: skip

RULES = (
    Rule(
        "torch: its own tests",
        ("torch/test/*", "torch/testing/_internal/*", "torch/lib/lib*_test.*"),
        # Imported with torch itself.
        tuple(
            f"torch/testing/_internal/{name}.py"
            for name in (
                "__init__", "common_dtype", "logging_tensor", "distributed/__init__", "distributed/fake_pg",
            )
        ),
    ),
    Rule(
        "torch: programs to compile with",
        ("torch/bin/*", "torch/include/*", "torch/share/*", "torch/lib/libbackend_with_compiler.*"),
        ("torch/bin/torch_shm_manager",),
    ),
    # The engine has torch compile nothing. Settings are read from their source when they are imported.
    Rule(
        "torch: its compiler",
        tuple(
            f"torch/_inductor/{folder}/*"
            for folder in (
                "autoheuristic", "codegen", "compile_worker", "fx_passes", "kernel", "template_heuristics",
            )
        ),
    ),
    Rule(
        "torch: sources of what is compiled",
        tuple(f"torch/{folder}/*.py" for folder in _WITHOUT_SOURCE),
        ("*config*.py",),
        source_only=True,
    ),
    Rule(
        "transformers: pictures, sound, moving pictures; drafts that its models are generated from",
        tuple(
            f"transformers/models/*/{kind}_*.py"
            for kind in (*_OTHER_SENSES, "processing", "modular")
        ),
        tuple(f"transformers/models/{family}/*" for family in _TEXT_FAMILIES),
    ),
    Rule(
        "pyarrow: all but the reader of Parquet",
        (
            "pyarrow/include/*", "pyarrow/includes/*", "pyarrow/src/*", "pyarrow/tests/*",
            "pyarrow/*.p[yx][xdi]", "pyarrow/_flight.*", "pyarrow/_substrait.*", "pyarrow/_s3fs.*",
            "pyarrow/_gcsfs.*", "pyarrow/_azurefs.*", "pyarrow/_hdfs.*", "pyarrow/_orc.*", "pyarrow/_json.*",
            "pyarrow/_dataset*", "pyarrow/_feather.*", "pyarrow/_csv.*", "pyarrow/_acero.*",
            "pyarrow/_parquet_encryption.*", "pyarrow/_pyarrow_cpp_tests.*", "*libarrow_flight.*",
            "*libarrow_substrait.*", "*libarrow_dataset.*", "*libarrow_acero.*",
            "*libarrow_s3.*", "*libarrow_python_flight.*", "*libarrow_python_parquet_encryption.*",
            "pyarrow/libarrow_python.so", "pyarrow/libarrow_python.so.*.*",
        ),
    ),
    Rule(
        "Qt: translations, GTK's dialogs, screens without a window system, networks, printers",
        (
            "PySide6/Qt/translations/*", "PySide6/translations/*", "PySide6/QtNetwork.*", "PySide6/QtTest.*",
            *(
                f"PySide6/*plugins/{plugin}"
                for plugin in (
                    "egldeviceintegrations/*", "generic/*", "networkinformation/*", "tls/*", "printsupport/*",
                    "platformthemes/libqgtk3.so", "platforms/libqeglfs.so", "platforms/libqlinuxfb.so",
                    "platforms/libqvkkhrdisplay.so", "platforms/libqvnc.so", "platforms/libqminimal*.so",
                )
            ),
        ),
    ),
    Rule(
        "Pillow: AVIF, WebP, colour management and text",
        ("PIL/_avif.*", "PIL/_webp.*", "PIL/_imagingcms.*", "PIL/_imagingft.*"),
    ),
    Rule(
        "matplotlib: sample data, its toolbar's pictures; scikit-learn: data sets",
        (
            "matplotlib/mpl-data/sample_data/*", "matplotlib/mpl-data/images/*", "matplotlib/tests/*",
            "matplotlib/mpl-data/fonts/ttf/DejaVuSansMono*", "matplotlib/mpl-data/fonts/ttf/DejaVuSerif*",
            "matplotlib/mpl-data/fonts/afm/*", "matplotlib/mpl-data/fonts/pdfcorefonts/*",
            "matplotlib/backends/web_backend/*", "sklearn/datasets/data/*", "sklearn/datasets/images/*",
            "sklearn/datasets/descr/*", "sklearn/datasets/tests/*",
        ),
    ),
    Rule("licences that licenses/ has as well", ("*.dist-info/licenses/*",)),
    Rule("CUDA from outside torch", ("libcudart.*", "libcudart[-_]*", "cudart64_*")),
    Rule("tests and headers", ("*/tests/*.py", "*.px[di]", "*.py[xi]", "*.h"), ("torch/*",)),
)  # fmt: skip


def place(entry: Entry) -> str:
    """Return where an entry counts as lying: in the bundle, or for a module where its source would lie."""
    target, source, kind = entry
    if kind != "PYMODULE":
        return target.replace("\\", "/")
    inside = target.replace(".", "/")
    return f"{inside}/__init__.py" if Path(source).stem == "__init__" else f"{inside}.py"


def trim(entries: Iterable[Entry]) -> tuple[list[Entry], dict[str, int]]:
    """Return the entries that stay, and the bytes on disk of those that each rule drops."""
    entries = list(entries)
    drop = _matcher([*RULES, _models_of_other_senses(entries)])
    kept, saved = [], dict.fromkeys([rule.why for rule in RULES], 0)
    for entry in entries:
        why = drop(entry)
        if why is None:
            kept.append(entry)
        else:
            size = Path(entry[1]).stat().st_size if Path(entry[1]).is_file() else 0
            saved[why] = saved.get(why, 0) + size
    return kept, saved


def _models_of_other_senses(entries: Iterable[Entry]) -> Rule:
    """Return the rule for models of pictures and sound.

    Those are the models of families that have a processor for them, and the models that take no token ids.
    """
    processor = re.compile(rf"transformers/models/(\w+)/({'|'.join(_OTHER_SENSES)})_")
    model = re.compile(r"transformers/models/\w+/modeling_\w+\.py")
    paths = {place(entry): Path(entry[1]) for entry in entries}
    families = {match[1] for path in paths if (match := processor.match(path))} - {*_TEXT_FAMILIES}
    without_tokens = [
        path
        for path, source in paths.items()
        if model.fullmatch(path)
        and source.is_file()
        and "input_ids" not in source.read_text(encoding="utf-8")
    ]
    return Rule(
        "transformers: models of pictures and sound",
        (*(f"transformers/models/{family}/modeling_*.py" for family in sorted(families)), *without_tokens),
        tuple(f"transformers/models/{family}/*" for family in _TEXT_FAMILIES),
    )


def _matcher(rules: Iterable[Rule]) -> Callable[[Entry], str | None]:
    compiled = [(rule, _any_of(rule.paths), _any_of(rule.but)) for rule in rules]

    def why(entry: Entry) -> str | None:
        path = place(entry)
        for rule, paths, but in compiled:
            applies = not (rule.source_only and entry[2] == "PYMODULE")
            if applies and paths.match(path) and not but.match(path):
                return rule.why
        return None

    return why


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    # Without patterns nothing matches.
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)")
