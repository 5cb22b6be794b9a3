"""Who signs clips: a certificate, and something that signs bytes with its key.

`cryptography` comes with c2pa-python, so it is loaded only where a key or certificate is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from gpt4video_guards.errors import InvalidInputError, MissingExtraError
from gpt4video_tools.provenance.manifest import SignatureNote

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

Algorithm = Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]
"""ECDSA on P-256, P-384 or P-521; RSA-PSS with SHA-256, -384 or -512; Ed25519."""


@dataclass(frozen=True, kw_only=True)
class ClipSigner:
    """Signs clips: with a key in a file (`from_files`), or by a function, so that the key may stay
    in a vault or a card.

    Raises:
        InvalidInputError: the certificates or the algorithm are none.
        MissingExtraError: the extra `c2pa` is not installed.
    """

    certificates: bytes = field(repr=False)
    """PEM: the signer's own certificate first, then those that vouch for it."""
    algorithm: Algorithm
    sign: Callable[[bytes], bytes] = field(repr=False)
    """The signature of some bytes. ECDSA: DER, or both numbers one after the other; RSA-PSS with
    a salt as long as the hash."""

    def __post_init__(self) -> None:
        if self.algorithm not in get_args(Algorithm):
            known = ", ".join(get_args(Algorithm))
            raise InvalidInputError("algorithm", self.algorithm, f"one of {known}")
        _certificate("certificates", self.certificates)

    @classmethod
    def from_files(
        cls,
        *,
        key: str | PathLike[str],
        certificates: str | PathLike[str],
        password: bytes | None = None,
    ) -> ClipSigner:
        """A signer whose key lies in a file; the algorithm follows from the kind of key.

        Args:
            key: PEM file with the private key: EC (P-256, P-384, P-521), RSA or Ed25519.
            certificates: PEM file, the signer's own certificate first.
            password: of the key, if it is encrypted.

        Raises:
            InvalidInputError: a file cannot be read, is of another kind, or the key is not the
                certificate's.
            MissingExtraError: the extra `c2pa` is not installed.
        """
        chain = _read("certificates", certificates)
        own = _certificate("certificates", chain)
        private = _private_key(_read("key", key), key, password)
        if _public_bytes(private.public_key()) != _public_bytes(own.public_key()):
            expected = f"the key of the first certificate in {certificates}"
            raise InvalidInputError("key", str(key), expected)
        algorithm, sign = _signing(private, key)
        return cls(certificates=chain, algorithm=algorithm, sign=sign)

    def note(self) -> SignatureNote:
        """What the sidecar says of this signer."""
        from cryptography.hazmat.primitives.serialization import Encoding

        own = _certificate("certificates", self.certificates)
        return SignatureNote(
            algorithm=self.algorithm,
            subject=own.subject.rfc4514_string(),
            certificate_sha256=hashlib.sha256(own.public_bytes(Encoding.DER)).hexdigest(),
        )


def require_certificates(argument: str, pem: bytes) -> None:
    """Raise `InvalidInputError` unless `pem` begins with a certificate."""
    _certificate(argument, pem)


def _certificate(argument: str, pem: bytes) -> Certificate:
    """The first certificate of a chain."""
    try:
        from cryptography.x509 import load_pem_x509_certificates
    except ImportError as error:
        raise MissingExtraError("c2pa", "signing clips") from error
    try:
        return load_pem_x509_certificates(pem)[0]
    except ValueError as error:
        raise InvalidInputError(argument, "something else", "certificates in PEM") from error


def _read(argument: str, path: str | PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        problem = f"{path} ({error.strerror or error})"
        raise InvalidInputError(argument, problem, "a PEM file that can be read") from error


def _private_key(pem: bytes, path: str | PathLike[str], password: bytes | None) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # What the library says may quote the file, and the file is a secret.
        expected = "a private key in PEM, with its password if it has one"
        raise InvalidInputError("key", str(path), expected) from error


def _public_bytes(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public


def _signing(private: Any, path: str | PathLike[str]) -> tuple[Algorithm, Callable[[bytes], bytes]]:
    """The algorithm that goes with a key, and the function that signs with it."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    curves: dict[str, tuple[Algorithm, hashes.HashAlgorithm]] = {
        "secp256r1": ("es256", hashes.SHA256()),
        "secp384r1": ("es384", hashes.SHA384()),
        "secp521r1": ("es512", hashes.SHA512()),
    }
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519", private.sign
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in curves:
        algorithm, digest = curves[private.curve.name]
        return algorithm, lambda data: private.sign(data, ec.ECDSA(digest))
    if isinstance(private, rsa.RSAPrivateKey):
        sha256 = hashes.SHA256()
        salted = padding.PSS(mgf=padding.MGF1(sha256), salt_length=sha256.digest_size)
        return "ps256", lambda data: private.sign(data, salted, sha256)
    raise InvalidInputError("key", str(path), "EC on P-256, P-384 or P-521, RSA, or Ed25519")
