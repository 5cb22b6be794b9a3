"""The generation table: what the pixel oracle reads back from clips that were made of prompts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TypeVar

import numpy as np

from gpt4video.evaluation.oracle import ObjectReading, Reading, read_pixels
from gpt4video.evaluation.report import Miss, Report, Row, Table, share
from gpt4video.evaluation.takes import random_words
from gpt4video.evaluation.talking import Progress
from gpt4video.shapes.world import BACKGROUNDS, COLOURS, SHAPES, Scene, SceneObject
from gpt4video_tools.gallery import VideoGenerator, VideoRequest

_T = TypeVar("_T")
_ATTRIBUTES = ("background", "colour", "shape", "motion", "size")


def evaluate_generation(
    generator: VideoGenerator,
    *,
    n: int = 120,
    pairs: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Have clips made of canonical prompts and read them back with the pixel oracle.

    Args:
        generator: anything that makes frames from a `VideoRequest`.
        n: prompts with one object; colours, shapes and backgrounds come up equally often.
        pairs: prompts with two objects, reported apart; a quarter of `n` when None.
        seed: of the prompts; the generator gets seeds derived from it.
        progress: told clips made and clips to be made.

    `all at once` wants background, colour, shape and motion right on the same clip (of every
    object, where there are two). `size` is told beside. `repeatable` is 1.0 when the first prompt
    made twice with the same seed gave the same frames.
    """
    rng = random.Random(seed)
    pairs = n // 4 if pairs is None else pairs
    scenes = [*_single_scenes(n, rng), *(_pair_scene(rng) for _ in range(pairs))]
    tried: list[_Tried] = []
    repeatable = 0.0
    for index, scene in enumerate(scenes):
        request = VideoRequest(prompt=scene.prompt, seed=seed * 100_003 + index)
        made = generator.generate(request)
        if index == 0:
            again = generator.generate(request)
            repeatable = float(np.array_equal(made.frames, again.frames))
        tried.append(_try(scene, read_pixels(made.frames, objects=len(scene.objects))))
        if progress is not None:
            progress(len(tried), len(scenes))
    return _report(
        tried, repeatable, settings={"n": n, "pairs": pairs, "seed": seed, "of": generator.name}
    )


@dataclass(frozen=True, kw_only=True)
class _Tried:
    scene: Scene
    reading: Reading
    right: dict[str, tuple[bool, ...]]
    """By attribute, for every object."""

    @property
    def all_at_once(self) -> bool:
        return all(all(self.right[name]) for name in _ATTRIBUTES if name != "size")


def _try(scene: Scene, reading: Reading) -> _Tried:
    right: dict[str, tuple[bool, ...]] = {
        "background": (reading.background == scene.background,),
    }
    matched = _matched(scene.objects, reading.objects)
    for name in _ATTRIBUTES[1:]:
        right[name] = tuple(
            found is not None and getattr(found, name) == getattr(each, name)
            for each, found in zip(scene.objects, matched, strict=True)
        )
    return _Tried(scene=scene, reading=reading, right=right)


def _matched(
    wanted: Sequence[SceneObject], found: Sequence[ObjectReading]
) -> list[ObjectReading | None]:
    """Which reading stands for which object: by colour, and what is left over in order."""
    left = list(found)
    matched: list[ObjectReading | None] = []
    for each in wanted:
        same = next((reading for reading in left if reading.colour == each.colour), None)
        if same is not None:
            left.remove(same)
        matched.append(same)
    return [reading if reading is not None or not left else left.pop(0) for reading in matched]


def _single_scenes(n: int, rng: random.Random) -> list[Scene]:
    colours = _balanced(COLOURS, n, rng)
    shapes = _balanced(SHAPES, n, rng)
    backgrounds = _balanced(BACKGROUNDS, n, rng)
    return [
        Scene(background=background, objects=(random_words(rng, colour=colour, shape=shape),))
        for colour, shape, background in zip(colours, shapes, backgrounds, strict=True)
    ]


def _balanced(values: Sequence[_T], n: int, rng: random.Random) -> list[_T]:
    drawn = list(islice(cycle(values), n))
    rng.shuffle(drawn)
    return drawn


def _pair_scene(rng: random.Random) -> Scene:
    one, other = (random_words(rng, colour=colour) for colour in rng.sample(COLOURS, 2))
    return Scene(background=rng.choice(BACKGROUNDS), objects=(one, other))


def _report(tried: list[_Tried], repeatable: float, *, settings: dict[str, object]) -> Report:
    singles = [each for each in tried if len(each.scene.objects) == 1]
    doubles = [each for each in tried if len(each.scene.objects) == 2]
    rows = tuple(
        _row(name, group)
        for name, group in (("one object", singles), ("two objects", doubles))
        if group
    )
    figures = {
        f"{prefix}{name}": float(value)
        for prefix, row in zip(("", "pairs: "), rows, strict=False)
        for name, value in row.values.items()
        if isinstance(value, float)
    }
    return Report(
        name="generation",
        figures={**figures, "repeatable": repeatable},
        tables=(
            Table(
                title="Clips read back by the pixel oracle",
                columns=("clips", *_ATTRIBUTES, "all at once"),
                rows=rows,
            ),
            _by_value(singles, "shape"),
            _by_value(singles, "motion"),
            _by_value(singles, "colour"),
        ),
        misses=tuple(_miss(each) for each in tried if not each.all_at_once),
        settings=settings,
    )


def _row(name: str, group: list[_Tried]) -> Row:
    shares = {
        attribute: share([ok for each in group for ok in each.right[attribute]])
        for attribute in _ATTRIBUTES
    }
    together = share([each.all_at_once for each in group])
    return Row(name=name, values={"clips": len(group), **shares, "all at once": together})


def _by_value(group: list[_Tried], attribute: str) -> Table:
    """How often each word of a row came out right on single objects."""
    verdicts: dict[str, list[bool]] = {}
    for each in group:
        word = getattr(each.scene.objects[0], attribute)
        verdicts.setdefault(word, []).append(each.right[attribute][0])
    rows = tuple(
        Row(name=word, values={"clips": len(found), "right": share(found)})
        for word, found in sorted(verdicts.items())
    )
    return Table(title=f"One object, by {attribute}", columns=("clips", "right"), rows=rows)


def _miss(each: _Tried) -> Miss:
    read = " and ".join(
        f"{found.size} {found.colour} {found.shape} {found.motion}"
        for found in each.reading.objects
    )
    wrong = [name for name in _ATTRIBUTES if not all(each.right[name])]
    return Miss(
        kind=", ".join(wrong),
        asked=each.scene.prompt,
        wanted=each.scene.prompt,
        got=f"{read or 'nothing'} on {each.reading.background}",
    )
