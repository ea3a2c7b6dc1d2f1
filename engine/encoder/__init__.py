"""Embedding models: loading, tokens with spans, embeddings, layers, fingerprint."""

from engine.encoder.encoder import Encoder, FloatArray, Role
from engine.encoder.info import ModelInfo
from engine.encoder.path import EncoderPath
from engine.encoder.tokens import TokenizedText

__all__ = ["Encoder", "EncoderPath", "FloatArray", "ModelInfo", "Role", "TokenizedText"]
