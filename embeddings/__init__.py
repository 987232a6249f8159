"""Text into vectors, and near vectors found: the model, the encoder, the FAISS index.

Nothing here knows of articles, passages or questions. Importing this package does not import torch.
"""
