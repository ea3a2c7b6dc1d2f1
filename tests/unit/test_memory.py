"""Where memory runs out, the work is done in halves, and at last refused in one line."""

import pytest
import torch

from engine.errors import UserError
from engine.memory import explained_shortage, with_halved_chunks

CPU = torch.device("cpu")
SHORTAGES = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"
    ),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried 9 bytes"),
    MemoryError(),
]
shortages = pytest.mark.parametrize("shortage", SHORTAGES, ids=["cuda", "mps", "linux", "windows", "python"])


@shortages
def test_chunks_are_halved_until_they_fit(shortage):
    tried = []

    def run(chunk):
        tried.append(chunk)
        if chunk > 10:
            raise shortage
        return f"done in {chunk}"

    assert with_halved_chunks(run, 100, CPU) == "done in 6"
    assert tried == [100, 50, 25, 12, 6]


@shortages
def test_what_does_not_fit_in_chunks_of_one_is_refused_once(shortage):
    tried = []

    def run(chunk):
        tried.append(chunk)
        raise shortage

    with pytest.raises(
        UserError, match=r"^not enough memory on cpu: use a shorter text, a deeper layer, or the CPU$"
    ):
        with_halved_chunks(run, 5, CPU)
    assert tried == [5, 2, 1]


def test_what_really_does_not_fit_is_recognised():
    def run(chunk):
        return torch.empty(chunk * 2**50)

    with pytest.raises(UserError, match="not enough memory on cpu"):
        with_halved_chunks(run, 4, CPU)


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes do not match"), ValueError("out of memory"), UserError("no")]
)
def test_other_errors_are_not_tried_again(error):
    tried = []

    def run(chunk):
        tried.append(chunk)
        raise error

    with pytest.raises(type(error), match=str(error)):
        with_halved_chunks(run, 8, CPU)
    assert tried == [8]


def test_work_that_fits_is_done_once():
    assert with_halved_chunks(lambda chunk: chunk, 7, CPU) == 7


def test_the_cache_of_a_gpu_is_emptied_between_tries(monkeypatch):
    emptied = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(True))

    def run(chunk):
        if chunk > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return chunk

    assert with_halved_chunks(run, 4, torch.device("cuda")) == 1
    assert len(emptied) == 2


@shortages
def test_a_shortage_that_cannot_be_halved_is_explained(shortage):
    with pytest.raises(UserError, match="not enough memory on mps"), explained_shortage(torch.device("mps")):
        raise shortage
    with pytest.raises(RuntimeError, match="shapes"), explained_shortage(CPU):
        raise RuntimeError("shapes do not match")
