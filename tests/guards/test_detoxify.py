"""DetoxifyGuard on a tiny checkpoint of the published layout, without any network."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path
from typing import Any

import pytest
from tests.guards.doubles import clip

from gpt4video_guards import CheckpointError, DetoxifyGuard, TextSubject, UnknownNameError

CLASSES = ["toxic", "severe_toxic", "insult"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "calm", "words", "bad", "and"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """config.json, a tokenizer, and toxic.ckpt whose model calls the word `bad` toxic."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    place = tmp_path_factory.mktemp("detoxify")
    (place / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(str(place / "vocab.txt")).save_pretrained(place)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=len(CLASSES),
    )
    config.save_pretrained(place)
    torch.manual_seed(0)
    model = BertForSequenceClassification(config)
    args = {
        "model_type": "someone/on-the-hub",
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
        "num_classes": len(CLASSES),
    }
    content = {
        "config": {"arch": {"args": args}, "dataset": {"args": {"classes": CLASSES}}},
        "state_dict": model.state_dict(),
    }
    torch.save(content, place / "toxic.ckpt")
    return place


@pytest.fixture(scope="module")
def guard(folder: Path) -> DetoxifyGuard:
    return DetoxifyGuard(checkpoint=folder / "toxic.ckpt", config=folder)


def text(words: str) -> TextSubject:
    return TextSubject(text=words, kind="comment")


def test_classes_go_by_detoxifys_standard_names(guard: DetoxifyGuard) -> None:
    judgement = guard.judge([text("calm words")])[0]
    assert tuple(judgement.scores) == ("toxicity", "severe_toxicity", "insult")
    assert guard.categories == tuple(judgement.scores)
    assert guard.version == "toxic.ckpt"


def test_scores_equal_those_of_detoxify_itself(guard: DetoxifyGuard) -> None:
    import torch

    inputs = guard._tokenizer("calm and bad words", return_tensors="pt")
    with torch.no_grad():
        expected = torch.sigmoid(guard._model(**inputs)[0])[0].tolist()
    scores = guard.judge([text("calm and bad words")])[0].scores
    assert list(scores.values()) == pytest.approx(expected, abs=1e-6)


def test_a_long_text_is_judged_to_its_end_in_windows(guard: DetoxifyGuard) -> None:
    long = "calm words and " * 100 + "bad"
    spans, rows = guard._windows(long)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(long)
    assert all(len(row) <= 64 for row in rows)
    assert all(later[0] < earlier[1] for earlier, later in itertools.pairwise(spans))
    judgement = guard.judge([text(long)])[0]
    parts = [guard.judge([text(long[a:b])])[0].scores["toxicity"] for a, b in spans]
    assert judgement.scores["toxicity"] == pytest.approx(max(parts), abs=1e-5)
    assert judgement.evidence[0].span in spans


def test_an_empty_text_is_judged_too(guard: DetoxifyGuard) -> None:
    assert guard.judge([text("")])[0].scores


def test_frames_are_refused(guard: DetoxifyGuard) -> None:
    with pytest.raises(ValueError, match="texts only"):
        guard.judge([clip()])


def test_an_unknown_name_lists_the_published_ones() -> None:
    with pytest.raises(UnknownNameError, match="multilingual"):
        DetoxifyGuard(name="huge")


class _Evil:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (print, ("owned",))


def test_a_pickle_that_would_run_code_is_refused(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "evil.ckpt"
    path.write_bytes(pickle.dumps({"state_dict": _Evil(), "config": {}}, protocol=2))
    with pytest.raises(CheckpointError, match="safely"):
        DetoxifyGuard(checkpoint=path, config=folder)
    assert "owned" not in capsys.readouterr().out


def test_a_missing_and_a_foreign_checkpoint_are_checkpoint_errors(
    tmp_path: Path, folder: Path
) -> None:
    import torch

    foreign = tmp_path / "foreign.ckpt"
    torch.save({"weights": torch.zeros(1)}, foreign)
    for path in (tmp_path / "none.ckpt", foreign):
        with pytest.raises(CheckpointError):
            DetoxifyGuard(checkpoint=path, config=folder)


def test_weights_of_another_size_are_a_checkpoint_error(tmp_path: Path, folder: Path) -> None:
    import torch

    content = torch.load(folder / "toxic.ckpt", weights_only=True)
    del content["state_dict"]["classifier.bias"]
    torch.save(content, tmp_path / "half.ckpt")
    with pytest.raises(CheckpointError, match=r"classifier\.bias"):
        DetoxifyGuard(checkpoint=tmp_path / "half.ckpt", config=folder)


def test_a_folder_that_is_given_is_the_only_place_looked_at(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be built"):
        DetoxifyGuard(checkpoint=folder / "toxic.ckpt", config=tmp_path)
