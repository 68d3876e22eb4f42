"""The resources, one subject a file, each with its `OPS`."""
