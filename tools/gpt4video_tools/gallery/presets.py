"""Generators known by name: what to load, under which licence, and how to run it well.

What is said of licences and memory was read in the model cards and in diffusers' documentation;
nothing of it was measured here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gpt4video_tools.gallery.defaults import GenerationDefaults
from gpt4video_tools.gallery.families import FamilyRules, Half


@dataclass(frozen=True, kw_only=True)
class Hub:
    """A repository of the Hugging Face hub in diffusers' layout."""

    repository: str
    motion_adapter: str | None = None
    """Another repository, whose motion modules are put into the first one's image model."""


@dataclass(frozen=True, kw_only=True)
class SecondStage:
    """A repository whose pipeline redraws the clips of another preset, enlarged."""

    repository: str
    first: str
    """Name of the preset that makes the clips."""
    strength: float
    """How much is drawn anew: 0 (nothing) to 1 (everything)."""


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """Weights that come with the package."""

    folder: str
    """Where they lie beside the packages, with `/` between the names."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A server, named by variables of the environment; see `RemoteVideoGenerator`."""

    variable: str
    """Holds its address."""


@dataclass(frozen=True, kw_only=True)
class VideoPreset:
    """A generator that can be asked for by name."""

    name: str
    source: Hub | SecondStage | Shipped | Endpoint
    pipeline: str
    """Name of the diffusers class that runs it; empty for a server."""
    licence: str
    """Of the weights, by name. The caller's to keep."""
    terms: str = ""
    """What one should know of a licence that is not of the common ones."""
    commercial: Literal["yes", "no", "see licence"]
    """Whether the licence lets the weights be used commercially."""
    memory: str
    """What it needs, in words, and who says so."""
    gpu_gb: float | None = None
    """GPU memory in GB for the default size, where somebody says so."""
    offloaded: bool = False
    """Whether `gpu_gb` is meant with parts that wait in the CPU's memory."""
    parameters: float | None = None
    """Of all parts, in billions, as their authors count; two bytes each in half precision."""
    rules: FamilyRules | None = None
    """Frame counts and sizes that it can do."""
    defaults: GenerationDefaults
    half: Half | None = None
    """What `dtype="auto"` means on an accelerator, where it is not what the family's does."""

    @property
    def weights_gb(self) -> float | None:
        """Size of the weights in half precision, in GB."""
        return None if self.parameters is None else 2 * self.parameters

    @property
    def remote(self) -> bool:
        """Whether prompts leave this machine."""
        return isinstance(self.source, Endpoint)


_PRESETS = (
    VideoPreset(
        name="shapes",
        source=Shipped(folder="gpt4video/pretrained/shapes/generator"),
        pipeline="LattePipeline",
        licence="Apache-2.0",
        commercial="yes",
        memory="any CPU",
        rules=FamilyRules(only_frames=16, only_size=(64, 64)),
        defaults=GenerationDefaults(
            num_frames=16,
            height=64,
            width=64,
            fps=8,
            num_inference_steps=20,
            guidance_scale=1,
            fixed_size=True,
        ),
    ),
    VideoPreset(
        name="zeroscope-v2-576w",
        source=Hub(repository="cerspense/zeroscope_v2_576w"),
        pipeline="TextToVideoSDPipeline",
        licence="CC-BY-NC-4.0",
        commercial="no",
        memory="7.9 GB of GPU memory for 30 frames (model card)",
        gpu_gb=7.9,
        parameters=1.7,
        rules=FamilyRules(),
        defaults=GenerationDefaults(
            num_frames=24, height=320, width=576, fps=8, num_inference_steps=40, guidance_scale=9
        ),
    ),
    VideoPreset(
        name="zeroscope-v2-xl",
        source=SecondStage(
            repository="cerspense/zeroscope_v2_XL", first="zeroscope-v2-576w", strength=0.6
        ),
        pipeline="VideoToVideoSDPipeline",
        licence="CC-BY-NC-4.0",
        commercial="no",
        memory="15.3 GB of GPU memory for 30 frames (model card), and the first stage's weights",
        gpu_gb=15.3,
        parameters=3.4,
        rules=FamilyRules(),
        defaults=GenerationDefaults(
            num_frames=24, height=576, width=1024, fps=8, num_inference_steps=40, guidance_scale=15
        ),
    ),
    VideoPreset(
        name="modelscope-1.7b",
        source=Hub(repository="ali-vilab/text-to-video-ms-1.7b"),
        pipeline="TextToVideoSDPipeline",
        licence="CC-BY-NC-4.0",
        commercial="no",
        memory="7 GB of GPU memory for 64 frames with offload (diffusers' documentation)",
        gpu_gb=7,
        offloaded=True,
        parameters=1.7,
        rules=FamilyRules(),
        defaults=GenerationDefaults(
            num_frames=16, height=256, width=256, fps=8, num_inference_steps=50, guidance_scale=9
        ),
    ),
    VideoPreset(
        name="wan-2.1-1.3b",
        source=Hub(repository="Wan-AI/Wan2.1-T2V-1.3B-Diffusers"),
        pipeline="WanPipeline",
        licence="Apache-2.0",
        commercial="yes",
        memory="11 GB of GPU memory with offload (diffusers' documentation)",
        gpu_gb=11,
        offloaded=True,
        parameters=7.2,
        rules=FamilyRules(size_multiple=(16, 16), frame_step=4),
        defaults=GenerationDefaults(
            num_frames=81, height=480, width=832, fps=16, num_inference_steps=50, guidance_scale=5
        ),
    ),
    VideoPreset(
        name="wan-2.1-14b",
        source=Hub(repository="Wan-AI/Wan2.1-T2V-14B-Diffusers"),
        pipeline="WanPipeline",
        licence="Apache-2.0",
        commercial="yes",
        memory="35 GB of GPU memory with offload (diffusers' documentation, of the 14B for images)",
        gpu_gb=35,
        offloaded=True,
        parameters=20,
        rules=FamilyRules(size_multiple=(16, 16), frame_step=4),
        defaults=GenerationDefaults(
            num_frames=81, height=720, width=1280, fps=16, num_inference_steps=50, guidance_scale=5
        ),
    ),
    VideoPreset(
        name="wan-2.2-5b",
        source=Hub(repository="Wan-AI/Wan2.2-TI2V-5B-Diffusers"),
        pipeline="WanPipeline",
        licence="Apache-2.0",
        commercial="yes",
        memory="24 GB of GPU memory with offload (its authors)",
        gpu_gb=24,
        offloaded=True,
        parameters=11,
        rules=FamilyRules(size_multiple=(32, 32), frame_step=4),
        defaults=GenerationDefaults(
            num_frames=121, height=704, width=1280, fps=24, num_inference_steps=50, guidance_scale=5
        ),
    ),
    VideoPreset(
        name="cogvideox-2b",
        source=Hub(repository="THUDM/CogVideoX-2b"),
        pipeline="CogVideoXPipeline",
        licence="Apache-2.0",
        commercial="yes",
        memory="12.5 GB of GPU memory with offload (model card)",
        gpu_gb=12.5,
        offloaded=True,
        parameters=6.8,
        rules=FamilyRules(size_multiple=(16, 16), frame_step=8, only_size=(480, 720)),
        defaults=GenerationDefaults(
            num_frames=49,
            height=480,
            width=720,
            fps=8,
            num_inference_steps=50,
            guidance_scale=6,
            fixed_size=True,
        ),
        half="float16",
    ),
    VideoPreset(
        name="cogvideox-5b",
        source=Hub(repository="THUDM/CogVideoX-5b"),
        pipeline="CogVideoXPipeline",
        licence="CogVideoX LICENSE",
        terms="research is free, commercial use must be registered",
        commercial="see licence",
        memory="20.7 GB of GPU memory with offload (model card)",
        gpu_gb=20.7,
        offloaded=True,
        parameters=10.3,
        rules=FamilyRules(size_multiple=(16, 16), frame_step=8, only_size=(480, 720)),
        defaults=GenerationDefaults(
            num_frames=49,
            height=480,
            width=720,
            fps=8,
            num_inference_steps=50,
            guidance_scale=6,
            fixed_size=True,
        ),
    ),
    VideoPreset(
        name="ltx-video",
        source=Hub(repository="Lightricks/LTX-Video"),
        pipeline="LTXPipeline",
        licence="Lightricks' own",
        terms="one for each version of the weights, in the repository",
        commercial="see licence",
        memory="not said for this size and precision",
        parameters=6.7,
        rules=FamilyRules(size_multiple=(32, 32), frame_step=8),
        defaults=GenerationDefaults(
            num_frames=161, height=512, width=704, fps=25, num_inference_steps=50, guidance_scale=3
        ),
    ),
    VideoPreset(
        name="hunyuan-video",
        source=Hub(repository="hunyuanvideo-community/HunyuanVideo"),
        pipeline="HunyuanVideoPipeline",
        licence="Tencent Hunyuan Community",
        terms="does not apply in the European Union, the United Kingdom and South Korea",
        commercial="see licence",
        memory="60 GB of GPU memory (its authors)",
        gpu_gb=60,
        parameters=21,
        rules=FamilyRules(size_multiple=(16, 16), frame_step=4),
        defaults=GenerationDefaults(
            num_frames=129, height=720, width=1280, fps=24, num_inference_steps=50, guidance_scale=6
        ),
    ),
    VideoPreset(
        name="mochi-1",
        source=Hub(repository="genmo/mochi-1-preview"),
        pipeline="MochiPipeline",
        licence="Apache-2.0",
        commercial="yes",
        memory="22 GB of GPU memory with offload (diffusers' documentation)",
        gpu_gb=22,
        offloaded=True,
        parameters=14.8,
        rules=FamilyRules(size_multiple=(16, 16), frame_step=6, min_steps=2),
        defaults=GenerationDefaults(
            num_frames=85, height=480, width=848, fps=30, num_inference_steps=64, guidance_scale=4.5
        ),
    ),
    VideoPreset(
        name="animatediff",
        source=Hub(
            repository="stable-diffusion-v1-5/stable-diffusion-v1-5",
            motion_adapter="guoyww/animatediff-motion-adapter-v1-5-2",
        ),
        pipeline="AnimateDiffPipeline",
        licence="CreativeML OpenRAIL-M",
        terms="of the image model; AnimateDiff's motion modules are under Apache-2.0",
        commercial="see licence",
        memory="not said by its authors",
        parameters=1.5,
        rules=FamilyRules(max_frames=32),
        defaults=GenerationDefaults(
            num_frames=16, height=512, width=512, fps=8, num_inference_steps=25, guidance_scale=7.5
        ),
    ),
    VideoPreset(
        name="remote",
        source=Endpoint(variable="GPT4VIDEO_REMOTE_URL"),
        pipeline="",
        licence="the server's",
        commercial="see licence",
        memory="the server's",
        defaults=GenerationDefaults(),
    ),
)

PRESETS: Mapping[str, VideoPreset] = MappingProxyType({preset.name: preset for preset in _PRESETS})
"""All presets by name. Each one's family is loaded and run in the tests, at tiny size."""
