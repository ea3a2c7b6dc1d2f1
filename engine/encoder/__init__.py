"""Embedding models: loading, tokens with spans, embeddings, layers, fingerprint."""

from engine.encoder.encoder import Encoder, EncoderPath, FloatArray, ModelInfo, Role
from engine.encoder.tokens import TokenizedText

__all__ = ["Encoder", "EncoderPath", "FloatArray", "ModelInfo", "Role", "TokenizedText"]
