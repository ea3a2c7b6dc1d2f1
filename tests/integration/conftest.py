"""The embedded model, loaded once for all tests of this folder, and tiny ones of every family."""

import pytest

from tests.models import tiny_encoder, tiny_model  # noqa: F401  (fixtures, seen by pytest through these names)


@pytest.fixture(scope="session")
def encoder():
    from engine.encoder import Encoder

    return Encoder(device="cpu")
