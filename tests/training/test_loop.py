"""The training loop: it resumes exactly, saves whole checkpoints, averages and fetches ahead."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gpt4video.training.loop import (
    CHECKPOINT,
    Prefetched,
    Stateful,
    WeightAverage,
    load_checkpoint,
    parameter_groups,
    run_steps,
    save_checkpoint,
    set_learning_rate,
)


class InterruptedRunError(Exception):
    """What a key press or a full disk does to a run."""


class Run:
    """Fits a line to numbers that depend on the step, as every recipe does it."""

    def __init__(self, folder: Path, *, stops_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.folder = folder
        self.stops_at = stops_at
        self.model = nn.Linear(3, 1)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.1)
        self.average = WeightAverage(dict(self.model.named_parameters()), decay=0.9)
        self.taken: list[int] = []

    def step(self, index: int) -> dict[str, float]:
        if index == self.stops_at:
            raise InterruptedRunError
        self.taken.append(index)
        set_learning_rate(self.optimizer, index, steps=10, peak=0.1, warmup=2)
        inputs = torch.randn(4, 3, generator=torch.Generator().manual_seed(index))
        loss = (self.model(inputs) - inputs.sum(1, keepdim=True)).square().mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.average.update(dict(self.model.named_parameters()))
        return {"loss": loss.item()}

    def go(self, *, steps: int = 10, resume: bool = True) -> dict[str, Tensor]:
        stateful: dict[str, Stateful] = {
            "model": self.model,
            "optimizer": self.optimizer,
            "average": self.average,
        }
        run_steps(
            self.step,
            steps=steps,
            run_dir=self.folder,
            stateful=stateful,
            title="Line",
            resume=resume,
            save_every_seconds=-1,
        )
        self.average.copy_to(dict(self.model.named_parameters()))
        return self.model.state_dict()


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_an_interrupted_run_ends_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole = Run(tmp_path / "whole").go()
    with pytest.raises(InterruptedRunError):
        Run(tmp_path / "parts", stops_at=6).go()
    second = Run(tmp_path / "parts")
    resumed = second.go()
    assert second.taken == [6, 7, 8, 9]
    assert equal(whole, resumed)


def test_a_finished_run_is_only_read_back(tmp_path: Path) -> None:
    first = Run(tmp_path).go()
    again = Run(tmp_path)
    assert equal(first, again.go())
    assert again.taken == []


def test_without_resume_a_run_begins_anew(tmp_path: Path) -> None:
    Run(tmp_path).go(steps=3)
    again = Run(tmp_path)
    again.go(steps=3, resume=False)
    assert again.taken == [0, 1, 2]


def test_more_steps_than_before_go_on_from_the_last_one(tmp_path: Path) -> None:
    Run(tmp_path).go(steps=3)
    longer = Run(tmp_path)
    longer.go(steps=5)
    assert longer.taken == [3, 4]


def test_fewer_steps_than_before_do_not_forget_the_later_ones(tmp_path: Path) -> None:
    Run(tmp_path).go(steps=5)
    Run(tmp_path).go(steps=3)
    assert load_checkpoint(tmp_path, {}) == 5


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = nn.Linear(1, 1)
    save_checkpoint(tmp_path, {"line": line}, 4)

    def torn(_: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(tmp_path, {"line": line}, 8)
    assert load_checkpoint(tmp_path, {"line": line}) == 4
    assert (tmp_path / CHECKPOINT).is_file()


def test_the_learning_rate_rises_evenly_and_falls_to_a_hundredth() -> None:
    weight = nn.Parameter(torch.zeros(1))
    slow: dict[str, Any] = {"params": [nn.Parameter(torch.zeros(1))], "lr_scale": 0.5}
    optimizer = torch.optim.SGD([{"params": [weight]}, slow], lr=1.0)
    rates = []
    for step in range(101):
        set_learning_rate(optimizer, step, steps=100, peak=2.0, warmup=10)
        fast, slower = (group["lr"] for group in optimizer.param_groups)
        assert slower == pytest.approx(fast / 2)
        rates.append(fast)
    assert rates[:3] == pytest.approx([0.2, 0.4, 0.6])
    assert max(rates) == rates[10] == pytest.approx(2.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0.02)


def test_only_matrices_decay() -> None:
    layer = nn.Linear(3, 2)
    matrices, vectors = parameter_groups(layer.parameters(), weight_decay=0.1)
    assert matrices["params"] == [layer.weight]
    assert matrices["weight_decay"] == 0.1
    assert vectors["params"] == [layer.bias]
    assert vectors["weight_decay"] == 0.0


def test_the_average_forgets_its_beginning_quickly_and_then_moves_slowly() -> None:
    weight = torch.zeros(1)
    average = WeightAverage({"it": weight}, decay=0.9)
    weight.fill_(1.0)
    for _ in range(100):
        average.update({"it": weight})
    settled = torch.empty(1)
    average.copy_to({"it": settled})
    assert settled.item() == pytest.approx(1.0, abs=1e-3)
    weight.fill_(2.0)
    average.update({"it": weight})
    average.copy_to({"it": settled})
    assert settled.item() == pytest.approx(1.1, abs=1e-3)


def test_an_average_is_apart_from_the_weights_that_it_began_with() -> None:
    weight = torch.zeros(1)
    average = WeightAverage({"it": weight}, decay=0.9)
    weight.fill_(5.0)
    kept = torch.empty(1)
    average.copy_to({"it": kept})
    assert kept.item() == 0.0


def tenfold(step: int, *, offset: int) -> Tensor:
    return torch.tensor(10 * step + offset)


@pytest.mark.parametrize("workers", [0, 1])
def test_batches_come_in_the_order_of_the_steps_from_wherever_a_run_resumes(workers: int) -> None:
    batches = Prefetched(partial(tenfold, offset=1), steps=6, workers=workers)
    assert [int(batches(step)) for step in range(2, 6)] == [21, 31, 41, 51]


def test_a_batch_that_fails_in_the_worker_fails_the_run() -> None:
    batches = Prefetched(failing, steps=2)
    with pytest.raises(InterruptedRunError):
        batches(0)


def failing(step: int) -> Tensor:
    raise InterruptedRunError(step)
