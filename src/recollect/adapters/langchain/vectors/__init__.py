"""A LangChain vector store in the place of a memory's own vectors."""

from recollect.adapters.langchain.vectors.index import VectorIndex

__all__ = ["VectorIndex"]
