"""Content credentials (C2PA) inside of an mp4: written by `sign_mp4`, read by `read_credentials`.

No network: no timestamp authority is asked, no certificate status, and no manifest is fetched from
elsewhere.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from gpt4video_guards.errors import MissingExtraError
from gpt4video_tools.provenance.errors import SigningError
from gpt4video_tools.provenance.manifest import Facts, own_version
from gpt4video_tools.provenance.signer import ClipSigner

FACTS: Final = "gpt4video.facts"
"""Label of the assertion that holds what the sidecar says, too."""

_BOX: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The `uuid` box of ISO media files in which C2PA keeps its manifests."""
_HEAD: Final = 2**20  # bytes in which that box begins
_UNTRUSTED: Final = "signingCredential.untrusted"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a signature inside of a file says, and whether to believe it."""

    state: Literal["trusted", "untrusted", "broken"]
    """`trusted`: nothing was changed since somebody signed for whom a trusted certificate vouches.
    `untrusted`: nothing was changed, but nobody vouches for who signed. `broken`: the file or its
    credentials were changed, or the certificate has run out."""
    problem: str
    """What is broken, in words of the C2PA library; empty otherwise."""
    signer: str
    """Name and organisation in the certificate; empty where they cannot be read."""
    software: str
    """What made the claim."""
    source_type: str | None
    """The digital source type of the action that created the clip, an IPTC address."""
    facts: Facts | None
    """Ours; None in files that others signed."""


def sign_mp4(content: bytes, facts: Facts, signer: ClipSigner) -> bytes:
    """The bytes of an mp4 with credentials in it: created by a trained model, and the facts.

    Raises:
        SigningError: the certificate is not fit for it, or the signature is not its key's. What
            the signer's own function raised is chained.
        MissingExtraError: the extra `c2pa` is not installed.
    """
    c2pa = _library()
    failures: list[Exception] = []

    def sign(data: bytes) -> bytes:
        try:
            return signer.sign(data)
        except Exception as error:  # the library would keep it to itself
            failures.append(error)
            raise

    algorithm = getattr(c2pa.C2paSigningAlg, signer.algorithm.upper())
    signed = io.BytesIO()
    try:
        with (
            c2pa.Signer.from_callback(sign, algorithm, signer.certificates.decode()) as native,
            _context(c2pa) as context,
            c2pa.Builder(_claim(facts), context) as builder,
        ):
            builder.sign(native, "video/mp4", io.BytesIO(content), signed)
    except (c2pa.C2paError, ValueError) as error:
        cause = failures[0] if failures else error
        raise SigningError(f"the clip could not be signed: {cause}") from cause
    return signed.getvalue()


def read_credentials(
    path: str | PathLike[str], *, trust: bytes | None = None
) -> Credentials | None:
    """Read and check the credentials in a file.

    Args:
        path: the file.
        trust: PEM certificates of those who are trusted to vouch for signers. With None nobody is.

    Returns:
        None where the file has none, or is of no kind that could have some.

    Raises:
        MissingExtraError: it has some, and the extra `c2pa` is not installed.
        OSError: the file cannot be read.
    """
    with Path(path).open("rb") as file:
        has_some = _BOX in file.read(_HEAD)
        try:
            c2pa = _library()
        except MissingExtraError:
            if has_some:
                raise
            return None
        file.seek(0)
        try:
            with _context(c2pa, trust) as context, c2pa.Reader(None, file, context=context) as read:
                return _told(json.loads(read.json()), read.get_validation_state())
        except c2pa.C2paError as error:
            if not has_some or isinstance(error, c2pa.C2paError.ManifestNotFound):
                return None
            return _unreadable(str(error))
        except (KeyError, TypeError, AttributeError, ValueError):  # a report that makes no sense
            return _unreadable("what they say cannot be read")


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise MissingExtraError("c2pa", "signing clips, and checking signatures,") from error
    return c2pa


def _context(c2pa: Any, trust: bytes | None = None) -> Any:
    settings: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
        "builder": {"thumbnail": {"enabled": False}},
    }
    if trust is not None:
        settings["trust"] = {"trust_anchors": trust.decode()}
    return c2pa.Context.from_dict(settings)


def _claim(facts: Facts) -> dict[str, Any]:
    software = {"name": "gpt4video", "version": own_version()}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": facts.digital_source_type,
        "softwareAgent": software,
        "description": f"made by {facts.generator}, seed {facts.seed}",
    }
    marked = [] if facts.watermark is None else [{"action": "c2pa.watermarked.unbound"}]
    return {
        "claim_generator_info": [software],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [created, *marked], "allActionsIncluded": True},
            },
            {"label": FACTS, "data": facts.model_dump(mode="json")},
        ],
    }


def _told(report: dict[str, Any], state: str | None) -> Credentials:
    manifest = report["manifests"][report["active_manifest"]]
    results = report.get("validation_results", {}).get("activeManifest", {})
    failures = [each for each in results.get("failure", ()) if each["code"] != _UNTRUSTED]
    sound = state in ("Valid", "Trusted") and not failures
    signature = manifest.get("signature_info", {})
    names = (signature.get("common_name"), signature.get("issuer"))
    software = (manifest.get("claim_generator_info") or [{}])[0]
    return Credentials(
        state="broken" if not sound else "trusted" if state == "Trusted" else "untrusted",
        problem="" if sound else _problem(failures),
        signer=", ".join(name for name in names if name),
        software=f"{software.get('name', '')} {software.get('version', '')}".strip(),
        source_type=_source_type(manifest),
        facts=_facts(manifest),
    )


def _problem(failures: list[dict[str, Any]]) -> str:
    told = [f"{each.get('explanation', '')} ({each['code']})".strip() for each in failures]
    return "; ".join(told) or "the signature is not valid"


def _source_type(manifest: dict[str, Any]) -> str | None:
    for assertion in manifest.get("assertions", ()):
        if assertion["label"].startswith("c2pa.actions"):
            for action in assertion["data"].get("actions", ()):
                if action.get("action") == "c2pa.created":
                    found: str | None = action.get("digitalSourceType")
                    return found
    return None


def _facts(manifest: dict[str, Any]) -> Facts | None:
    for assertion in manifest.get("assertions", ()):
        if assertion["label"] == FACTS:
            try:
                return Facts.model_validate(assertion["data"])
            except ValidationError:
                return None
    return None


def _unreadable(problem: str) -> Credentials:
    return Credentials(
        state="broken", problem=problem, signer="", software="", source_type=None, facts=None
    )
