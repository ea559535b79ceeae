"""A local model whose KV cache survives edits: what did not change is kept, what moved is rotated, the rest is encoded.

    plan      which cached tokens serve a new text, and which positions have to be computed (pure)
    repair    which kept tokens are worth computing again (pure)
    cache     the buffers of keys and values, and where each of their tokens is now
    model     the forward pass over chosen positions
    session   one document: text after text, and a cache that follows
    engine    weights, tokenizer, and sessions within a memory budget
    snapshots what of the sessions is kept on disk, if the user wants that

Torch is imported below this package only. The idea of rotating keys to their new positions is Positional Integrity
Encoding's ("Let the Code LLM Edit Itself When You Edit the Code", He et al., 2024).
"""
