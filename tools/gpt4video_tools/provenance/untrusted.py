"""A certificate for trying out signatures, whose own name says that it is not to be trusted.

The key of the root that vouches for it is never written, so that it vouches for nobody else.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gpt4video_guards.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.x509 import CertificateBuilder, KeyUsage

NAME = "UNTRUSTED gpt4video test certificate"
DAYS = 30
"""For which it is good."""


class SigningFiles(NamedTuple):
    """What was written."""

    key: Path
    """The private key, unencrypted, readable by its owner only."""
    certificates: Path
    """The certificate, and the root that vouches for it."""
    root: Path
    """The root alone: whoever trusts it, trusts the certificate."""


def write_test_certificate(folder: str | PathLike[str]) -> SigningFiles:
    """Write a new key with a test certificate: `key.pem`, `certificates.pem` and `root.pem`.

    Raises:
        InvalidInputError: one of these files is there already.
        MissingExtraError: the extra `c2pa` is not installed.
    """
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise MissingExtraError("c2pa", "making a test certificate") from error

    folder = Path(folder)
    files = SigningFiles(*(folder / name for name in ("key.pem", "certificates.pem", "root.pem")))
    taken = [path.name for path in files if os.path.lexists(path)]
    if taken:
        raise InvalidInputError("folder", f"{folder} with {', '.join(taken)}", "one without them")

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _root(root_key.public_key()).sign(root_key, hashes.SHA256())
    own = _own(key.public_key(), root_key.public_key()).sign(root_key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    own_pem, root_pem = (each.public_bytes(serialization.Encoding.PEM) for each in (own, root))

    folder.mkdir(parents=True, exist_ok=True)
    contents = (secret, own_pem + root_pem, root_pem)
    begun: list[Path] = []
    try:
        for path, content in zip(files, contents, strict=True):
            mode = 0o600 if path == files.key else 0o644
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
                begun.append(path)
                file.write(content)
    except BaseException:
        for path in begun:
            path.unlink()
        raise
    return files


def _root(public: EllipticCurvePublicKey) -> CertificateBuilder:
    from cryptography import x509

    return (
        _begun(f"{NAME}: root", public)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
    )


def _own(public: EllipticCurvePublicKey, root: EllipticCurvePublicKey) -> CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    vouched = x509.AuthorityKeyIdentifier.from_issuer_public_key(root)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    return (
        _begun(NAME, public)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(purpose, critical=False)  # C2PA takes certificates for documents or e-mail
        .add_extension(vouched, critical=False)
    )


def _begun(name: str, public: EllipticCurvePublicKey) -> CertificateBuilder:
    from cryptography import x509

    now = datetime.now(UTC)
    subject, issuer = (
        x509.Name(
            [
                x509.NameAttribute(x509.NameOID.COMMON_NAME, each),
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "nobody: for tests only"),
            ]
        )
        for each in (name, f"{NAME}: root")
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
