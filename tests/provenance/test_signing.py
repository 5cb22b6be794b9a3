from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests.provenance.conftest import Make

from gpt4video.testing import flat_mp4
from gpt4video_guards.errors import InvalidInputError, MissingExtraError
from gpt4video_tools.provenance import (
    ClipSigner,
    Facts,
    Provenance,
    SigningError,
    SigningFiles,
    credentials,
    read_credentials,
    sign_mp4,
    untrusted,
    write_test_certificate,
)
from gpt4video_tools.video import read_clip

MP4 = flat_mp4()


def test_a_signed_clip_says_who_made_it_and_how(
    tmp_path: Path, facts: Facts, signer: ClipSigner, files: SigningFiles
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(sign_mp4(MP4, facts, signer))
    read = read_credentials(path, trust=files.root.read_bytes())
    assert read is not None
    assert (read.state, read.problem) == ("trusted", "")
    assert read.facts == facts
    assert read.source_type is not None
    assert read.source_type.endswith("/trainedAlgorithmicMedia")
    assert read.software.startswith("gpt4video ")
    assert "UNTRUSTED" in read.signer
    assert (read_clip(path, num_frames=4).frames == read_clip(MP4, num_frames=4).frames).all()


def test_nobody_vouches_for_a_certificate_that_is_not_trusted(
    tmp_path: Path, facts: Facts, signer: ClipSigner
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(sign_mp4(MP4, facts, signer))
    other = write_test_certificate(tmp_path / "other").root.read_bytes()
    for trust in (None, other):
        read = read_credentials(path, trust=trust)
        assert read is not None
        assert read.state == "untrusted"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "es384"),
        (ec.generate_private_key(ec.SECP521R1()), "es512"),
        (rsa.generate_private_key(65537, 2048), "ps256"),
        (ed25519.Ed25519PrivateKey.generate(), "ed25519"),
    ],
    ids=["P-384", "P-521", "RSA", "Ed25519"],
)
def test_other_kinds_of_keys_sign_too(
    tmp_path: Path, facts: Facts, key: Any, algorithm: str
) -> None:
    key_file, certificates, root = _issued(tmp_path, key, password=b"opener")
    signer = ClipSigner.from_files(key=key_file, certificates=certificates, password=b"opener")
    assert signer.algorithm == algorithm
    path = tmp_path / "clip.mp4"
    path.write_bytes(sign_mp4(MP4, facts, signer))
    read = read_credentials(path, trust=root)
    assert read is not None
    assert read.state == "trusted"


def test_a_function_can_sign_in_place_of_a_key(
    tmp_path: Path, facts: Facts, files: SigningFiles
) -> None:
    key: Any = serialization.load_pem_private_key(files.key.read_bytes(), None)
    signer = ClipSigner(
        certificates=files.certificates.read_bytes(),
        algorithm="es256",
        sign=lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())),
    )
    path = tmp_path / "clip.mp4"
    path.write_bytes(sign_mp4(MP4, facts, signer))
    read = read_credentials(path, trust=files.root.read_bytes())
    assert read is not None
    assert read.state == "trusted"


def _away(_: bytes) -> bytes:
    raise ConnectionError("the vault is away")


@pytest.mark.parametrize(
    ("sign", "problem"),
    [
        (_away, "the vault is away"),
        (lambda _: b"x" * 64, "does not match"),
        (lambda _: b"", "could not be signed"),
    ],
    ids=["raises", "signs nonsense", "signs nothing"],
)
def test_a_clip_that_cannot_be_signed_does_not_appear(
    tmp_path: Path,
    make: Make,
    files: SigningFiles,
    sign: Callable[[bytes], bytes],
    problem: str,
) -> None:
    signer = ClipSigner(certificates=files.certificates.read_bytes(), algorithm="es256", sign=sign)
    with pytest.raises(SigningError, match=problem) as caught:
        make(Provenance(signer=signer))
    assert caught.value.__cause__ is not None
    assert not (tmp_path / "clips").exists()


def test_the_words_of_the_prompt_are_nowhere(make: Make, signer: ClipSigner) -> None:
    ready = make(Provenance(signer=signer))
    for path in ready.path.parent.iterdir():
        assert b"secret" not in path.read_bytes()
    read = read_credentials(ready.path)
    assert read is not None
    assert read.facts == ready.manifest.facts
    assert ready.manifest.prompt_author == "a small model"
    assert ready.manifest.signature == signer.note()
    assert "UNTRUSTED" in signer.note().subject


def test_the_key_of_a_test_certificate_is_its_owners_only(files: SigningFiles) -> None:
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    certificate = x509.load_pem_x509_certificate(files.certificates.read_bytes())
    assert untrusted.NAME in certificate.subject.rfc4514_string()
    assert untrusted.NAME in certificate.issuer.rfc4514_string()


def test_no_key_is_overwritten(tmp_path: Path) -> None:
    files = write_test_certificate(tmp_path)
    before = files.key.read_bytes()
    with pytest.raises(InvalidInputError, match="folder"):
        write_test_certificate(tmp_path)
    assert files.key.read_bytes() == before


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "root.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInputError, match=r"root\.pem"):
        write_test_certificate(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["root.pem"]


def test_a_test_certificate_that_cannot_be_written_leaves_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def full(path: Path, *options: Any) -> int:
        if path.name == "root.pem":
            raise OSError(errno.ENOSPC, "no space left")
        return opened(path, *options)

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(OSError, match="no space left"):
        write_test_certificate(tmp_path)
    assert not list(tmp_path.iterdir())


def test_wrong_files_are_named_and_never_quoted(tmp_path: Path, files: SigningFiles) -> None:
    nonsense, gone = tmp_path / "nonsense.pem", tmp_path / "gone.pem"
    nonsense.write_text("SECRET WORDS")
    other = write_test_certificate(tmp_path / "other")
    cases: list[tuple[str, Path, Path]] = [
        ("key", gone, files.certificates),
        ("key", nonsense, files.certificates),
        ("key", other.key, files.certificates),
        ("certificates", files.key, gone),
        ("certificates", files.key, nonsense),
        ("certificates", files.key, files.key),
    ]
    for argument, key, certificates in cases:
        with pytest.raises(InvalidInputError) as caught:
            ClipSigner.from_files(key=key, certificates=certificates)
        assert caught.value.argument == argument
        assert "SECRET" not in str(caught.value)
    with pytest.raises(InvalidInputError, match="algorithm"):
        ClipSigner(
            certificates=files.certificates.read_bytes(),
            algorithm="rot13",  # type: ignore[arg-type]
            sign=bytes,
        )


def test_a_certificate_for_another_purpose_is_refused(tmp_path: Path, facts: Facts) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    root = untrusted._root(key.public_key()).sign(key, hashes.SHA256())
    signer = ClipSigner(
        certificates=root.public_bytes(serialization.Encoding.PEM),
        algorithm="es256",
        sign=lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())),
    )
    with pytest.raises(SigningError, match="certificate"):
        sign_mp4(MP4, facts, signer)


def test_a_certificate_that_has_run_out_signs_nothing_and_proves_nothing(
    tmp_path: Path, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untrusted, "DAYS", -1 / 48)
    files = write_test_certificate(tmp_path)
    signer = ClipSigner.from_files(key=files.key, certificates=files.certificates)
    with pytest.raises(SigningError):
        sign_mp4(MP4, facts, signer)


def test_without_the_extra_the_install_line_is_told(
    tmp_path: Path,
    facts: Facts,
    signer: ClipSigner,
    files: SigningFiles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed, plain = tmp_path / "signed.mp4", tmp_path / "plain.mp4"
    signed.write_bytes(sign_mp4(MP4, facts, signer))
    plain.write_bytes(MP4)
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    for call in (
        lambda: sign_mp4(MP4, facts, signer),
        lambda: read_credentials(signed),
    ):
        with pytest.raises(MissingExtraError, match=r"pip install 'gpt4video\[c2pa\]'"):
            call()
    assert read_credentials(plain) is None
    monkeypatch.setitem(__import__("sys").modules, "cryptography.x509", None)
    with pytest.raises(MissingExtraError, match=r"gpt4video\[c2pa\]"):
        ClipSigner.from_files(key=files.key, certificates=files.certificates)


@pytest.mark.parametrize(
    "content", [b"", b"words", b"\0" * 5000, MP4, MP4[:100], b"RIFF\0\0\0\0AVI "]
)
def test_files_without_credentials_have_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert read_credentials(path) is None


@pytest.mark.parametrize("kept", [60, 200, 2000, 8000])
def test_credentials_that_were_cut_off_are_broken(
    tmp_path: Path, facts: Facts, signer: ClipSigner, kept: int
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(sign_mp4(MP4, facts, signer)[:kept])
    read = read_credentials(path)
    assert read is not None
    assert read.state == "broken"
    assert read.problem


def test_nothing_is_asked_of_the_network() -> None:
    class Library:
        class Context:
            from_dict = staticmethod(json.dumps)

    settings = json.loads(credentials._context(Library))
    assert settings["verify"]["remote_manifest_fetch"] is False
    assert settings["verify"]["ocsp_fetch"] is False


def _issued(folder: Path, key: Any, *, password: bytes) -> tuple[Path, Path, bytes]:
    """Files of a key and of its certificate, and the root that issued it."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = untrusted._root(root_key.public_key()).sign(root_key, hashes.SHA256())
    own = untrusted._own(key.public_key(), root_key.public_key()).sign(root_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    key_file, certificates = folder / "key.pem", folder / "certificates.pem"
    key_file.write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password),
        )
    )
    certificates.write_bytes(own.public_bytes(pem) + root.public_bytes(pem))
    return key_file, certificates, root.public_bytes(pem)
