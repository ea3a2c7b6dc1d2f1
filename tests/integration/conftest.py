"""The embedded model, loaded once for all tests of this folder."""

import pytest


@pytest.fixture(scope="session")
def encoder():
    from engine.encoder import Encoder

    return Encoder(device="cpu")
