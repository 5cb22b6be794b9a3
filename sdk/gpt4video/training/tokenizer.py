"""Byte-level BPE tokenizers, so that every text survives a round trip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def train_bpe(
    texts: Iterable[str],
    *,
    vocabulary: int,
    special_tokens: Sequence[str],
    add_prefix_space: bool = False,
    split_digits: bool = False,
) -> Any:
    """A `tokenizers.Tokenizer` that is trained on these texts.

    Args:
        texts: what it should be good at.
        vocabulary: tokens in all, the special ones and the 256 bytes among them.
        special_tokens: get the first ids, in this order.
        add_prefix_space: the first word is read as if a space stood before it.
        split_digits: each digit is a token of its own.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    bytewise = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Sequence([digits, bytewise]) if split_digits else bytewise
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(special_tokens),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
