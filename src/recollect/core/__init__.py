"""The use cases, each written once: asynchronous functions over a store and a runtime."""
