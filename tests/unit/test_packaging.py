"""What goes into the executable: which files are dropped, whose they are, under which licence."""

import os
import re
import shutil
import struct
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import numpy
import pytest

import bundle_parts
import icu_data
import licence_texts
import native_libraries
import outlines
import requirements
import trimming
from bundle_parts import Part, PartError
from engine.corpus.schema import APPLICATION_ID
from licence_texts import Licence
from tests.families import FAMILIES

PACKAGING = Path(trimming.__file__).parent
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def entries(*targets):
    return [(target, f"/somewhere/{target}", "DATA") for target in targets]


def kept(*targets):
    return [entry[0] for entry in trimming.trim(entries(*targets))[0]]


def test_a_module_counts_as_the_path_of_its_source():
    assert trimming.place(("a.b", "/x/a/b.py", "PYMODULE")) == "a/b.py"
    assert trimming.place(("a.b", "/x/a/b/__init__.py", "PYMODULE")) == "a/b/__init__.py"
    assert trimming.place(("a\\b.dll", "C:/x/b.dll", "BINARY")) == "a/b.dll"


def test_what_is_not_needed_goes_and_the_rest_stays():
    assert kept(
        "torch/test/x", "torch/bin/protoc", "torch/bin/torch_shm_manager", "torch/nn/modules/x.py"
    ) == [
        "torch/bin/torch_shm_manager",
        "torch/nn/modules/x.py",
    ]
    assert kept("libarrow_flight.so.2600", "pyarrow/libarrow.so.2600", "pyarrow/_parquet.so") == [
        "pyarrow/libarrow.so.2600",
        "pyarrow/_parquet.so",
    ]


def test_a_source_may_go_while_its_compiled_module_stays():
    compiled = ("torch.ao.pruning", "/x/torch/ao/pruning.py", "PYMODULE")
    source = ("torch/ao/pruning.py", "/x/torch/ao/pruning.py", "DATA")
    settings = ("torch/_dynamo/config.py", "/x/torch/_dynamo/config.py", "DATA")
    assert trimming.trim([compiled, source, settings])[0] == [compiled, settings]


def test_models_of_pictures_go_and_those_of_texts_stay():
    pictures = ("transformers/models/vit/modeling_vit.py", "transformers/models/vit/image_processing_vit.py")
    texts = ("transformers/models/bert/modeling_bert.py", "transformers/models/gemma3/modeling_gemma3.py")
    assert kept(*pictures, *texts, "transformers/models/gemma3/image_processing_gemma3.py") == [
        *texts,
        "transformers/models/gemma3/image_processing_gemma3.py",
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_that_is_listed_keeps_its_model(family):
    folder = Path(metadata.distribution("transformers").locate_file("transformers/models"))
    files = [path.relative_to(folder.parent.parent).as_posix() for path in folder.glob("*/*.py")]
    name = family.removesuffix("_text").replace("-", "_")
    assert f"transformers/models/{name}/modeling_{name}.py" in kept(*files)


def test_a_model_that_takes_no_token_ids_is_none_of_texts(tmp_path):
    listed = []
    for name, source in (
        ("swin", "def forward(self, pixel_values)"),
        ("bert", "def forward(self, input_ids)"),
    ):
        path = tmp_path / f"modeling_{name}.py"
        path.write_text(source)
        listed.append((f"transformers.models.{name}.modeling_{name}", str(path), "PYMODULE"))
    assert trimming.trim(listed)[0] == listed[1:]


MODEL = '''# Copyright of its makers
"""A model."""
from x import (
    y,
)

@requires(
    backends=("torch",)
)
class ItsAttention(nn.Module):
    def forward(self):
        attention = ALL_ATTENTION_FUNCTIONS.get_interface(
            self.kind
        )
        return attention

__all__ = [
    "ItsAttention",
]
'''


def test_an_outline_keeps_the_numbers_of_lines_and_what_is_read():
    short = outlines.outline(MODEL).split("\n")
    before = MODEL.split("\n")
    kept = [number for number, line in enumerate(before) if line and short[number] == line]
    gone = [before[number].strip() for number in range(len(before)) if before[number] and number not in kept]
    assert gone == ["y,", "def forward(self):", "self.kind", ")", "return attention"]
    assert outlines.outline(MODEL + "\n@torch.jit.script\ndef f(x):\n    return x\n").endswith("return x\n")


def models_of(tmp_path):
    source = tmp_path / "source.py"
    source.write_text(MODEL, encoding="utf-8")
    inits = [("transformers/models/its/__init__.py", str(source), "DATA")]
    return [
        *inits,
        ("transformers/models/its/modeling_its.py", str(source), "DATA"),
        *entries("x/models/y.py"),
    ]


def test_transformers_reads_the_same_from_outlines(tmp_path):
    done = outlines.shorten(models_of(tmp_path), tmp_path / "work")
    assert [entry[0] for entry in done] == [entry[0] for entry in models_of(tmp_path)]
    assert "def forward" not in Path(done[1][1]).read_text(encoding="utf-8")
    assert done[2] == entries("x/models/y.py")[0]


def test_a_program_without_transformers_has_no_outlines(tmp_path):
    others = entries("torch/nn/modules/x.py")
    assert outlines.shorten(others, tmp_path / "work") == others


@pytest.mark.parametrize("lost", ['    "ItsAttention",', "class ItsAttention", "ALL_ATTENTION_FUNCTIONS"])
def test_an_outline_that_lacks_something_stops_the_build(monkeypatch, tmp_path, lost):
    monkeypatch.setattr(outlines, "outline", lambda text: text.replace(lost, ""))
    with pytest.raises(ValueError, match=r"has lost|other names"):
        outlines.shorten(models_of(tmp_path), tmp_path / "work")


def test_the_savings_are_counted(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    saved = trimming.trim([("torch/test/x", str(file), "DATA")])[1]
    assert saved["torch: its own tests"] == 5
    assert sum(saved.values()) == 5


def test_the_program_needs_torch_and_not_what_tests_it():
    names = requirements.needed_to_run()
    assert {"torch", "numpy", "jinja2", "markupsafe", "shiboken6"} <= names
    assert not {"pytest", "ruff", "mypy", "retrivex", "pyinstaller"} & names


def test_files_are_told_by_whose_they_are():
    assert bundle_parts.origin(Path(numpy.__file__)) == ("distribution", "numpy", numpy.__version__)
    assert bundle_parts.origin(Path(sysconfig.get_path("stdlib")) / "json/decoder.py")[0] == "python"
    assert bundle_parts.origin(PACKAGING.parent / "engine/jobs.py")[:2] == ("program", "Semascope")


def test_a_file_of_nobody_stops_the_build(tmp_path):
    (tmp_path / "libstray.so").touch()
    with pytest.raises(PartError, match=r"libstray\.so is collected, but no installed part owns it"):
        bundle_parts.find_parts([("libstray.so", str(tmp_path / "libstray.so"), "BINARY")])


def test_what_is_installed_for_development_is_not_carried():
    ours = ("numpy", numpy.__file__, "PYMODULE")
    theirs = ("pytest", pytest.__file__, "PYMODULE")
    assert bundle_parts.without_other_distributions([ours, theirs]) == [ours]


def part(name, *targets):
    return Part("distribution", name, metadata.version(name), {target: Path(target) for target in targets})


def test_the_licence_of_a_distribution_is_what_its_makers_ship():
    (licence,) = [one for one in licence_texts.licences_of([part("jinja2")]) if one.part == "jinja2"]
    assert "Pallets" in licence.texts["licenses/LICENSE.txt"]


def test_where_makers_ship_no_text_that_of_the_licence_they_name_is_taken():
    found = licence_texts.licences_of([part("PySide6_Essentials", "PySide6/Qt/lib/libQt6Core.so.6")])
    (qt,) = [one for one in found if one.part == "PySide6_Essentials"]
    assert set(qt.texts) == {"LGPL-3.0-only.txt", "GPL-3.0-only.txt", "Qt-third-party.txt"}


def test_libraries_compiled_into_a_wheel_bring_their_own():
    found = licence_texts.licences_of([part("torch", "torch/lib/libgomp.so.1")])
    (torch,) = [one for one in found if one.part == "torch"]
    assert {"GPL-3.0-only.txt", "GCC-exception-3.1.txt"} <= set(torch.texts)
    with pytest.raises(PartError, match="libunheardof"):
        licence_texts.licences_of([part("numpy", "numpy.libs/libunheardof-0123abcd.so.1")])


def test_model_definitions_and_fonts_are_among_the_licences():
    names = {licence.part for licence in licence_texts.licences_of([])}
    assert {"all-MiniLM-L6-v2", "WordNet", "Inter"} <= names


def test_a_part_without_a_licence_stops_the_build(monkeypatch):
    monkeypatch.setattr(licence_texts, "_of_distribution", lambda part: Licence(part.name, "1", ""))
    with pytest.raises(PartError, match="comes without the text of its licence"):
        licence_texts.licences_of([part("numpy")])


def test_a_text_that_two_parts_share_stands_once():
    texts = {"LICENSE": "the words of it"}
    whole = licence_texts.as_one_text([Licence("one", "1", "MIT", texts), Licence("two", "2", "MIT", texts)])
    assert whole.count("the words of it") == 1
    assert "the same text as LICENSE of one" in whole


@pytest.fixture
def needs(monkeypatch):
    """Libraries by file name, and the names that each asks for."""
    table = {}
    monkeypatch.setattr(native_libraries, "needed", lambda path: table.get(path.name, ()))
    return table


def binaries(*targets):
    return [(target, f"/usr/lib/{Path(target).name}", "BINARY") for target in targets]


def test_a_library_that_nothing_asks_for_goes(needs):
    needs.update({"plugin.so": ["liba.so.1"], "liba.so.1": ["libb.so.1"]})
    found = binaries("PySide6/plugin.so", "liba.so.1", "libb.so.1", "libgtk.so.0", "libpython3.11.so.1.0")
    assert [entry[0] for entry in native_libraries.reachable(found)] == [
        "PySide6/plugin.so",
        "liba.so.1",
        "libb.so.1",
        "libpython3.11.so.1.0",
    ]


def test_links_to_what_went_go():
    links = [("liba.so", "x/liba.so.1", "SYMLINK"), ("y/libgtk.so", "../x/libgtk.so.0", "SYMLINK")]
    assert native_libraries.without_dangling_links(links, binaries("x/liba.so.1")) == links[:1]
    assert native_libraries.without_dangling_links(links, binaries("x/libgtk.so.0")) == links[1:]


def test_a_window_library_that_was_not_found_stops_the_build(needs):
    needs["libqxcb.so"] = ["libxcb-cursor.so.0", "libxcb.so.1", "libc.so.6"]
    bundle = {"plugins/libqxcb.so": Path("libqxcb.so")}
    with pytest.raises(native_libraries.MissingLibrary, match=r"libxcb-cursor\.so\.0, which is not on this"):
        native_libraries.left_to_system(bundle)
    carried = {**bundle, "libxcb-cursor.so.0": Path("libxcb-cursor.so.0")}
    assert native_libraries.left_to_system(carried) == {"libxcb.so.1", "libc.so.6"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="edits a library of Linux")
@pytest.mark.skipif(shutil.which("objdump") is None, reason="needs objdump of binutils, as the build does")
def test_a_library_forgets_what_it_does_not_use(tmp_path):
    copy = tmp_path / "module.so"
    shutil.copyfile(next(Path(numpy.__file__).parent.glob("_core/_multiarray_umath*.so")), copy)
    before = native_libraries.needed(copy)
    native_libraries.forget(copy, [before[1]])
    again = copy.rename(tmp_path / "again.so")
    assert native_libraries.needed(again) == (before[0], *before[2:])


def test_the_file_type_of_a_workspace_is_told_by_the_number_that_the_engine_writes():
    tree = ElementTree.parse(PACKAGING / "desktop/semascope.xml")
    numbers = [match.get("value") for match in tree.iter(f"{MIME}match") if match.get("offset") == "68"]
    assert [int(number, 16) for number in numbers] == [APPLICATION_ID]


def test_the_menu_entry_opens_every_file_type():
    tree = ElementTree.parse(PACKAGING / "desktop/semascope.xml")
    types = [found.get("type") for found in tree.iter(f"{MIME}mime-type")]
    entry = (PACKAGING / "desktop/semascope.desktop").read_text(encoding="utf-8")
    assert re.search(r"^MimeType=(.*);$", entry, re.MULTILINE)[1].split(";") == types


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the libraries of Linux")
def test_libraries_are_told_by_their_first_bytes(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/a.so").write_bytes(b"\x7fELF and more")
    (tmp_path / "b.so").write_bytes(b"text")
    assert list(native_libraries.in_folder(tmp_path)) == ["lib/a.so"]


def test_a_package_of_icu_is_taken_apart_and_put_together():
    header = struct.pack("<HH", 32, 0x27DA).ljust(12, b"\0") + b"CmnD".ljust(20, b"\0")
    items = {"icudt/a.res": b"one", "icudt/curr/a.res": b"two" * 10, "icudt/z.icu": bytes(16)}
    data = icu_data.write(icu_data.Package(header, items))
    count, name, first = struct.unpack_from("<III", data, 32)
    assert count == 3
    assert data[32 + name :].startswith(b"icudt/a.res\0icudt/curr/a.res\0")
    assert (32 + first) % 16 == 0
    assert data[32 + first :].startswith(b"one")
    found = icu_data.read(data)
    assert found.header == header
    assert {key: value.rstrip(b"\0") for key, value in found.items.items()} == {
        key: value.rstrip(b"\0") for key, value in items.items()
    }
    with pytest.raises(ValueError, match="no package"):
        icu_data.read(bytes(64))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt brings ICU on Linux only")
@pytest.mark.skipif(shutil.which("ld") is None, reason="needs the linker of binutils, as the build does")
def test_sorting_is_the_same_with_less_of_icu(tmp_path):
    found = metadata.distribution("PySide6_Essentials").locate_file("PySide6/Qt/lib")
    (library,) = Path(found).glob("libicudata.so.*")
    icu_data.shrink(library, tmp_path / library.name)
    assert (tmp_path / library.name).stat().st_size < library.stat().st_size / 3
    sort = """
from PySide6.QtCore import QCollator, QLocale
for name in ("sv_SE", "de_DE"):
    print(sorted("z\u00e4aB", key=QCollator(QLocale(name)).sortKey))
"""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    smaller = {**environment, "LD_PRELOAD": str(tmp_path / library.name)}
    whole, less = (
        subprocess.run([sys.executable, "-c", sort], env=each, capture_output=True, check=True).stdout
        for each in (environment, smaller)
    )
    assert whole == less == "['a', 'B', 'z', '\xe4']\n['a', '\xe4', 'B', 'z']\n".encode()
