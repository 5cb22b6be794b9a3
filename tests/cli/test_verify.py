from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gpt4video.cli import _models
from gpt4video.loading import Parts
from gpt4video.testing import ScriptedGenerator, ScriptedReasoner, scripted_pipeline
from gpt4video_tools.provenance import manifest_path

Invoke = Callable[..., Result]


@pytest.fixture
def certificate(gpt4video: Invoke, tmp_path: Path) -> Path:
    folder = tmp_path / "certificate"
    result = gpt4video("test-certificate", folder)
    assert result.exit_code == 0
    assert f"--trust {folder / 'root.pem'}" in result.stdout
    return folder


@pytest.fixture
def made(
    gpt4video: Invoke, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A clip of `gpt4video make`, signed and marked."""

    def load(*_: Any, **__: Any) -> Parts:
        return Parts(
            reasoner=ScriptedReasoner(),
            pipeline=scripted_pipeline(),
            generator=ScriptedGenerator(),
        )

    monkeypatch.setattr(_models, "load_guarded_generator", load)
    path = tmp_path / "made" / "star.mp4"
    result = gpt4video("make", "a star", "-o", path, "--watermark", *_signing(certificate))
    assert result.exit_code == 0, result.output
    return path


def _signing(certificate: Path) -> list[object]:
    key, chain = certificate / "key.pem", certificate / "certificates.pem"
    return ["--sign-key", key, "--sign-cert", chain]


def test_a_signed_and_marked_clip_holds(gpt4video: Invoke, made: Path, certificate: Path) -> None:
    result = gpt4video("verify", made, "--trust", certificate / "root.pem")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("holds") >= 4
    assert "UNTRUSTED gpt4video test certificate" in result.stdout


def test_json_says_it_all(gpt4video: Invoke, made: Path, certificate: Path) -> None:
    result = gpt4video("verify", made, "--json", "--trust", certificate / "root.pem")
    told = json.loads(result.stdout)
    assert told["holds"] is True
    kinds = ("manifest", "signature", "watermark")
    assert [told[kind]["status"] for kind in kinds] == ["holds"] * 3
    assert told["manifest"]["says"]["file"] == "star.mp4"


def test_what_is_broken_or_not_trusted_is_exit_code_one(gpt4video: Invoke, made: Path) -> None:
    result = gpt4video("verify", made)
    assert result.exit_code == 1
    assert "untrusted" in result.stdout
    content = bytearray(made.read_bytes())
    content[-40] ^= 1
    made.write_bytes(content)
    result = gpt4video("verify", made)
    assert result.exit_code == 1
    assert "hash differs" in result.stdout


def test_a_file_without_provenance_is_exit_code_one(gpt4video: Invoke, clip: Path) -> None:
    result = gpt4video("verify", clip)
    assert result.exit_code == 1
    assert "has no provenance" in result.stdout
    assert json.loads(gpt4video("verify", clip, "--json").stdout)["holds"] is False


def test_the_key_of_the_watermark_comes_from_the_environment(
    gpt4video: Invoke, made: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPT4VIDEO_WATERMARK_KEY", "secret")
    path = made.with_name("other.mp4")
    assert gpt4video("make", "a star", "-o", path, "--watermark").exit_code == 0
    assert gpt4video("verify", path).exit_code == 0
    monkeypatch.delenv("GPT4VIDEO_WATERMARK_KEY")
    result = gpt4video("verify", path)
    assert result.exit_code == 1
    assert "unchecked" in result.stdout


@pytest.mark.parametrize("kind", ["chat", "make"])
def test_a_key_without_its_certificate_is_a_wrong_call(
    gpt4video: Invoke, certificate: Path, tmp_path: Path, kind: str
) -> None:
    words = ["make", "a star", "-o", tmp_path / "star.mp4"] if kind == "make" else ["chat"]
    result = gpt4video(*words, "--sign-key", certificate / "key.pem")
    assert result.exit_code == 2
    assert "--sign-cert" in result.stderr
    wrong = ["--sign-key", certificate / "root.pem", "--sign-cert", certificate / "root.pem"]
    result = gpt4video(*words, *wrong)
    assert result.exit_code == 2
    assert "private key" in result.stderr
    assert not (tmp_path / "star.mp4").exists()


def test_chat_signs_and_marks_what_it_makes(
    gpt4video: Invoke, certificate: Path, scripted: Callable[..., list[dict[str, Any]]]
) -> None:
    calls = scripted()
    words = ["chat", "--watermark", *_signing(certificate)]
    assert gpt4video(*words, input="/quit\n").exit_code == 0
    assert gpt4video("chat", input="/quit\n").exit_code == 0
    provenance = calls[0]["provenance"]
    assert provenance.signer.algorithm == "es256"
    assert provenance.watermark.payload_bytes == 4
    assert calls[1]["provenance"] is None


def test_wrong_calls_are_exit_code_two(
    gpt4video: Invoke, made: Path, certificate: Path, tmp_path: Path
) -> None:
    for words in (
        ["verify", tmp_path / "gone.mp4"],
        ["verify", made, "--trust", tmp_path / "gone.pem"],
        ["verify", made, "--trust", manifest_path(made)],
        ["verify"],
        ["test-certificate", certificate],
    ):
        assert gpt4video(*words).exit_code == 2
