"""The one way to train a tokenizer."""

from __future__ import annotations

import pytest

from gpt4video.training.tokenizer import train_bpe


@pytest.mark.parametrize("text", ["a red star", "Zürich 日本 \U0001f680 12\n", ""])
def test_texts_that_it_never_saw_survive_the_round_trip(text: str) -> None:
    tokenizer = train_bpe(["a red star"], vocabulary=300, special_tokens=("<pad>",))
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_special_tokens_come_first_and_frequent_words_become_one_token() -> None:
    tokenizer = train_bpe(
        ["red star"] * 9,
        vocabulary=300,
        special_tokens=("<pad>", "<s>"),
        add_prefix_space=True,
        split_digits=True,
    )
    assert [tokenizer.token_to_id(token) for token in ("<pad>", "<s>")] == [0, 1]
    assert len(tokenizer.encode("star red").ids) == 2
    assert tokenizer.get_vocab_size() < 300


def test_digits_can_be_kept_apart() -> None:
    texts = ["1999"] * 9
    joined = train_bpe(texts, vocabulary=300, special_tokens=())
    split = train_bpe(texts, vocabulary=300, special_tokens=(), split_digits=True)
    assert len(joined.encode("1999").ids) == 1
    assert len(split.encode("1999").ids) == 4
