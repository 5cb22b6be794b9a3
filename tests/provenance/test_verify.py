"""What `verify_clip` says of clips to which something was done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.provenance.conftest import Make
from tests.provenance.recoding import Frames, decoded, recoded

from gpt4video.testing import flat_mp4
from gpt4video_guards.errors import ConfigurationError, InvalidInputError
from gpt4video_tools.provenance import (
    ClipSigner,
    Facts,
    LatticeWatermark,
    Provenance,
    SigningFiles,
    Verification,
    WatermarkNote,
    WatermarkReading,
    manifest_path,
    read_manifest,
    sign_mp4,
    verify_clip,
    write_test_certificate,
)
from gpt4video_tools.video import encode_mp4


@pytest.fixture
def clip(make: Make, signer: ClipSigner) -> Path:
    """A clip with all three."""
    return make(Provenance(signer=signer, watermark=LatticeWatermark())).path


@pytest.fixture
def root(files: SigningFiles) -> bytes:
    return files.root.read_bytes()


def _statuses(found: Verification) -> list[str]:
    return [finding.status for finding in found.findings.values()]


def test_an_untouched_clip_holds(clip: Path, root: bytes) -> None:
    found = verify_clip(clip, trust=root)
    assert _statuses(found) == ["holds", "holds", "holds"]
    assert found.holds
    assert found.watermark.says["payload"] == found.manifest.says["clip"][:8]
    assert found.signature.says["facts"]["seed"] == 7
    json.dumps([finding.says for finding in found.findings.values()])


def test_a_clip_with_a_manifest_alone_holds(make: Make) -> None:
    found = verify_clip(make().path)
    assert _statuses(found) == ["holds", "absent", "absent"]
    assert found.holds


def test_an_unknown_signer_does_not_hold(clip: Path, tmp_path: Path) -> None:
    stranger = write_test_certificate(tmp_path / "stranger").root.read_bytes()
    for trust in (None, stranger):
        found = verify_clip(clip, trust=trust)
        assert _statuses(found) == ["holds", "untrusted", "holds"]
        assert not found.holds


def test_after_encoding_again_only_the_watermark_is_left(clip: Path, root: bytes) -> None:
    clip.write_bytes(recoded(decoded(clip.read_bytes()), crf=23))
    found = verify_clip(clip, trust=root)
    assert _statuses(found) == ["broken", "broken", "holds"]
    assert "signature is gone" in found.signature.detail
    manifest_path(clip).unlink()
    alone = verify_clip(clip, trust=root)
    assert _statuses(alone) == ["absent", "absent", "holds"]
    assert alone.holds


def test_after_trimming_only_the_watermark_is_left(clip: Path, root: bytes) -> None:
    clip.write_bytes(encode_mp4(decoded(clip.read_bytes())[2:5], fps=8))
    assert _statuses(verify_clip(clip, trust=root)) == ["broken", "broken", "holds"]


def test_one_changed_byte_of_the_pictures_breaks_manifest_and_signature(
    clip: Path, root: bytes
) -> None:
    content = bytearray(clip.read_bytes())
    content[-40] ^= 1
    clip.write_bytes(content)
    found = verify_clip(clip, trust=root)
    assert _statuses(found)[:2] == ["broken", "broken"]
    assert not found.holds


def test_whichever_byte_is_changed_is_noticed(clip: Path, root: bytes) -> None:
    original = clip.read_bytes()
    for position in range(0, len(original), len(original) // 25):
        content = bytearray(original)
        content[position] ^= 0x10
        clip.write_bytes(content)
        assert not verify_clip(clip, trust=root).holds


def test_credentials_that_make_no_sense_are_broken_and_no_crash(clip: Path, root: bytes) -> None:
    content = clip.read_bytes()
    word = content.index(b"sdigital_source_type")  # the s is its length, in CBOR
    clip.write_bytes(content[:word] + b"r" + content[word + 1 :])
    found = verify_clip(clip, trust=root)
    assert _statuses(found) == ["broken", "broken", "holds"]


def test_what_c2pa_leaves_out_is_noticed_by_the_manifest_alone(clip: Path, root: bytes) -> None:
    content = bytearray(clip.read_bytes())
    content[content.index(bytes(5000)) + 2500] ^= 1  # in the padding beside the signature
    clip.write_bytes(content)
    assert _statuses(verify_clip(clip, trust=root)) == ["broken", "holds", "holds"]


def test_frames_are_read_apart_with_the_same_answer(clip: Path, root: bytes) -> None:
    assert verify_clip(clip, trust=root, isolate=True) == verify_clip(clip, trust=root)


def test_a_host_that_cannot_read_apart_is_told_so(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "")
    with pytest.raises(ConfigurationError, match="isolate"):
        verify_clip(clip, isolate=True)


def test_without_its_manifest_the_rest_holds_and_says_the_same(clip: Path, root: bytes) -> None:
    manifest_path(clip).unlink()
    found = verify_clip(clip, trust=root)
    assert _statuses(found) == ["absent", "holds", "holds"]
    assert found.holds
    assert found.signature.says["facts"]["generator"] == "scripted"


def test_a_forged_manifest_is_found_out_by_the_signature(clip: Path, root: bytes) -> None:
    path = manifest_path(clip)
    path.write_text(path.read_text().replace('"seed": 7', '"seed": 8'))
    found = verify_clip(clip, trust=root)
    assert _statuses(found) == ["broken", "holds", "holds"]
    assert "otherwise than what was signed" in found.manifest.detail


def test_a_manifest_that_cannot_be_read_is_broken_not_absent(clip: Path, root: bytes) -> None:
    manifest_path(clip).write_text("{")
    assert _statuses(verify_clip(clip, trust=root)) == ["broken", "holds", "holds"]


def test_the_mark_of_another_clip_is_found_out(make: Make, signer: ClipSigner) -> None:
    ready = make(Provenance(watermark=LatticeWatermark()))
    frames = LatticeWatermark().embed(ready.video.frames, b"else")
    ready.path.write_bytes(encode_mp4(frames, fps=8))
    found = verify_clip(ready.path)
    assert found.watermark.status == "broken"
    assert b"else".hex() in found.watermark.detail


def test_a_mark_that_should_be_there_and_is_not_is_broken(make: Make) -> None:
    path = make(Provenance(watermark=LatticeWatermark())).path
    path.write_bytes(flat_mp4())
    found = verify_clip(path)
    assert _statuses(found) == ["broken", "absent", "broken"]


def test_a_mark_with_a_key_of_its_own_needs_the_key(make: Make) -> None:
    secret = LatticeWatermark(key="secret")
    path = make(Provenance(watermark=secret)).path
    assert _statuses(verify_clip(path)) == ["holds", "absent", "unchecked"]
    assert verify_clip(path, watermark=secret).holds


class _OneBit:
    """A watermark of somebody else's: the first pixel of a clip is red."""

    scheme = "red corner"
    payload_bytes = 1

    def embed(self, frames: Frames, payload: bytes) -> Frames:
        marked = frames.copy()
        marked[:, :8, :8] = (255, 0, 0)
        return marked

    def detect(self, frames: Frames) -> WatermarkReading:
        found = bool((frames[:, 2, 2, 1] < 30).all())
        return WatermarkReading(found=found, payload=None, chance=0.1)


def test_any_watermark_can_be_plugged_in(make: Make) -> None:
    path = make(Provenance(watermark=_OneBit())).path
    manifest = read_manifest(path)
    assert manifest.watermark == WatermarkNote(scheme="red corner", payload=manifest.clip[:2])
    found = verify_clip(path, watermark=_OneBit())
    assert found.holds
    assert "too little is left" in found.watermark.detail
    assert verify_clip(path).watermark.status == "unchecked"


def test_a_signature_that_cannot_be_checked_does_not_hold(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    found = verify_clip(clip)
    assert _statuses(found) == ["holds", "unchecked", "holds"]
    assert "gpt4video[c2pa]" in found.signature.detail
    assert not found.holds


def test_a_clip_signed_anew_by_a_stranger_does_not_hold(
    clip: Path, root: bytes, tmp_path: Path
) -> None:
    files = write_test_certificate(tmp_path / "stranger")
    stranger = ClipSigner.from_files(key=files.key, certificates=files.certificates)
    found = verify_clip(clip, trust=root)
    facts = Facts.model_validate(found.signature.says["facts"])
    clip.write_bytes(sign_mp4(encode_mp4(decoded(clip.read_bytes()), fps=8), facts, stranger))
    manifest_path(clip).unlink()
    forged = verify_clip(clip, trust=root)
    assert _statuses(forged) == ["absent", "untrusted", "holds"]
    assert not forged.holds


@pytest.mark.parametrize(
    "content",
    [flat_mp4(), b"", b"words, no video", b"\0" * 3000],
    ids=["plain", "empty", "text", "0"],
)
def test_a_file_without_any_provenance_does_not_hold(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    found = verify_clip(path)
    assert _statuses(found) == ["absent", "absent", "absent"]
    assert not found.holds


def test_a_missing_file_and_a_wrong_trust_are_wrong_calls(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(InvalidInputError, match="path"):
        verify_clip(tmp_path / "gone.mp4")
    with pytest.raises(InvalidInputError, match="trust"):
        verify_clip(clip, trust=b"no certificate")
