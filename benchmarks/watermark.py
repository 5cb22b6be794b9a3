"""What the watermark survives, what it costs the picture, and how often it is seen where it is not.

    GPT4VIDEO_DATA=... python benchmarks/watermark.py [--json FILE] [--keys 100] [--made 8]

Made clips come from the embedded generator (64 x 64 pixels, 16 frames), real ones from the folder
`videos` of GPT4VIDEO_DATA: 24 frames each, at most 480 pixels wide. Each is marked, written by our
writer, and then treated; the mark is looked for as `gpt4video verify` does. Shares are of clips,
bit errors of the 48 bits of payload and checksum. False alarms: videos without a mark (4 frames
each, at most 160 pixels, of files up to 1 MB) against many keys.
"""

from __future__ import annotations

import io
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from outcome import arguments, tell

from gpt4video.loading import PRESETS
from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.gallery import VideoRequest, load_generator
from gpt4video_tools.provenance import LatticeWatermark
from gpt4video_tools.video import VideoBudget, encode_mp4, read_clip

Frames = NDArray[np.uint8]

REAL = (
    "bikes.mp4",
    "chaplin.mp4",
    "nasa_13013.mp4",
    "bbb_prog_10s.mp4",
    "sample.mp4",
    "sample.avi",
    "sample_with_increasing_timestamps_320w_240h_5s.mp4",
    "bear-vp9.webm",
    "av1_video.mkv",
    "bbb_176x144_128kbps_15fps_h263.3gp",
)
PROMPTS = (
    "a small red circle moving right",
    "a large green star moving up on a black background",
    "a blue square moving left on a white background",
    "a yellow triangle standing still",
    "a large purple circle moving down and a small orange square moving up",
    "a small white star moving left on a blue background",
    "a red triangle moving up",
    "a green square and a yellow circle standing still",
)
MARK = LatticeWatermark()


def encoded(
    frames: Frames, *, crf: int, codec: str = "libx264", scale: float = 1.0, fps: float = 25
) -> Frames:
    """The frames of a new file."""
    height, width = (max(2, round(side * scale / 2) * 2) for side in frames.shape[1:3])
    quiet = {"x265-params": "log-level=none:pools=none"} if codec == "libx265" else {}
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(crf), "threads": "1", **quiet}
        for picture in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            small = frame.reformat(width, height, "yuv420p", interpolation="BICUBIC")
            container.mux(stream.encode(small))
        container.mux(stream.encode(None))
    return read_clip(buffer.getvalue(), num_frames=32).frames


TREATMENTS: dict[str, Callable[[Frames], Frames]] = {
    "as written": lambda frames: frames,
    "H.264 CRF 18": lambda frames: encoded(frames, crf=18),
    "H.264 CRF 23": lambda frames: encoded(frames, crf=23),
    "H.264 CRF 28": lambda frames: encoded(frames, crf=28),
    "H.264 CRF 33": lambda frames: encoded(frames, crf=33),
    "H.265 CRF 28": lambda frames: encoded(frames, crf=28, codec="libx265"),
    "half the size, CRF 23": lambda frames: encoded(frames, crf=23, scale=0.5),
    "3/4 of the size, CRF 23": lambda frames: encoded(frames, crf=23, scale=0.75),
    "twice the size, CRF 23": lambda frames: encoded(frames, crf=23, scale=2.0),
    "middle third, CRF 23": lambda frames: encoded(
        frames[len(frames) // 3 : len(frames) * 2 // 3], crf=23
    ),
    "every third frame dropped, CRF 23": lambda frames: encoded(
        frames[np.arange(len(frames)) % 3 != 1], crf=23
    ),
    "contrast 0.95, CRF 23": lambda frames: encoded(_contrast(frames, 0.95), crf=23),
    "contrast 0.8, CRF 23": lambda frames: encoded(_contrast(frames, 0.8), crf=23),
    "cropped by 5 %": lambda frames: frames[:, frames.shape[1] // 20 :, frames.shape[2] // 20 :],
    "mirrored": lambda frames: frames[:, :, ::-1],
}


def _contrast(frames: Frames, gain: float) -> Frames:
    return np.clip((frames.astype(float) - 128) * gain + 128, 0, 255).astype(np.uint8)


def real_clips(folder: Path) -> Iterable[tuple[Frames, float]]:
    """24 frames in a row of each, from one second on where there are as many."""
    for name in REAL:
        with av.open(str(folder / name)) as container:
            stream = container.streams.video[0]
            scale = min(1.0, 480 / stream.width)
            size = [round(side * scale / 2) * 2 for side in (stream.width, stream.height)]
            pictures = [
                frame.reformat(*size, "rgb24").to_ndarray()
                for frame in islice(container.decode(stream), 49)
            ]
        yield np.stack(pictures[-24:]), 25.0


def made_clips(count: int) -> Iterable[tuple[Frames, float]]:
    """Of the embedded generator."""
    generator = load_generator(PRESETS["shapes"] / "generator")
    for seed in range(count):
        prompt = PROMPTS[seed % len(PROMPTS)]
        video = generator.generate(VideoRequest(prompt=prompt, seed=seed))
        yield video.frames, video.fps


def survival(kind: str, clips: Iterable[tuple[Frames, float]]) -> dict[str, float]:
    """What is found after each treatment."""
    found: dict[str, list[bool]] = defaultdict(list)
    errors: dict[str, list[float]] = defaultdict(list)
    noise, largest = [], 0.0
    draw = np.random.default_rng(0)
    for frames, fps in clips:
        payload = draw.bytes(MARK.payload_bytes)
        marked = MARK.embed(frames, payload)
        change = marked.astype(float) - frames
        noise.append(10 * np.log10(255**2 / np.mean(change**2)))
        largest = max(largest, float(np.abs(change).max()))
        right = _bits(MARK.heard(marked))
        written = read_clip(encode_mp4(marked, fps=fps), num_frames=len(frames)).frames
        for name, treat in TREATMENTS.items():
            treated = treat(written)
            reading = MARK.detect(treated)
            found[name].append(reading.payload == payload)
            errors[name].append(float(np.mean(_bits(MARK.heard(treated)) != right)))
    figures = {
        f"{kind}: clips": float(len(noise)),
        f"{kind}: PSNR of the mark, mean dB": float(np.mean(noise)),
        f"{kind}: PSNR of the mark, lowest dB": float(np.min(noise)),
        f"{kind}: largest change of a pixel, grey levels": largest,
    }
    for name in TREATMENTS:
        figures[f"{kind}, {name}: found"] = float(np.mean(found[name]))
        figures[f"{kind}, {name}: bit errors"] = float(np.mean(errors[name]))
    return figures


def _bits(message: bytes) -> NDArray[np.uint8]:
    return np.unpackbits(np.frombuffer(message, dtype=np.uint8))


def false_alarms(videos: Iterable[Frames], keys: int) -> dict[str, float]:
    """Unmarked frames against many keys."""
    trials, found, lowest = 0, 0, 1.0
    for frames in videos:
        for key in range(keys):
            reading = LatticeWatermark(key=f"key {key}").detect(frames)
            trials, found = trials + 1, found + reading.found
            lowest = min(lowest, reading.chance)
    return {
        "unmarked: tries": float(trials),
        "unmarked: found": float(found),
        "unmarked: lowest bound on chance": lowest,
    }


def every_video(folder: Path) -> Iterable[Frames]:
    """Four frames of each small file that can be read."""
    budget = VideoBudget(longest_side=160, max_bytes=1_000_000)
    for path in sorted(folder.iterdir()):
        try:
            yield read_clip(path, num_frames=4, budget=budget).frames
        except GPT4VideoError:
            continue


def main() -> None:
    """Measure and tell."""
    parser = arguments(__doc__)
    parser.add_argument("--keys", type=int, default=100, help="keys for false alarms")
    parser.add_argument("--made", type=int, default=8, help="clips to make")
    options = parser.parse_args()
    folder = Path(os.environ["GPT4VIDEO_DATA"]) / "videos"
    made = list(made_clips(options.made))
    figures = survival("made", made) | survival("real", real_clips(folder))
    unmarked = [*every_video(folder), *(frames for frames, _ in made)]
    figures |= false_alarms(unmarked, options.keys)
    tell(figures, options.json)


if __name__ == "__main__":
    main()
