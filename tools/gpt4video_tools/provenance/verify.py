"""What a file says of where it comes from, and what of that holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal

from gpt4video_guards.errors import InvalidInputError, MissingExtraError
from gpt4video_tools import video as clips  # PyAV is loaded when the first clip is read
from gpt4video_tools.provenance.credentials import Credentials, read_credentials
from gpt4video_tools.provenance.lattice import LatticeWatermark
from gpt4video_tools.provenance.manifest import Facts, Manifest
from gpt4video_tools.provenance.sidecar import manifest_path, verify_manifest
from gpt4video_tools.provenance.signer import require_certificates
from gpt4video_tools.provenance.watermark import Watermark, WatermarkReading

Status = Literal["holds", "untrusted", "broken", "unchecked", "absent"]
"""`holds`: it is there and right. `untrusted`: a signature that fits, of somebody for whom nobody
trusted vouches. `broken`: it is there and wrong, or something else says that it should be there.
`unchecked`: it is there, but what checks it is not. `absent`: there is none, and nothing says that
there should be one."""

_FRAMES: Final = 32
"""Looked at for the watermark, evenly over the clip."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What became of one kind of provenance."""

    status: Status
    detail: str
    """A sentence."""
    says: dict[str, Any] = field(default_factory=dict)
    """What it says of the clip, as JSON can hold it."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What became of all of them."""

    manifest: Finding
    """The sidecar."""
    signature: Finding
    """C2PA credentials inside of the file."""
    watermark: Finding
    """The mark in the frames."""

    @property
    def findings(self) -> dict[str, Finding]:
        """By kind."""
        return {
            "manifest": self.manifest,
            "signature": self.signature,
            "watermark": self.watermark,
        }

    @property
    def holds(self) -> bool:
        """Something is there, and all that is there holds."""
        statuses = {finding.status for finding in self.findings.values()}
        return "holds" in statuses and statuses <= {"holds", "absent"}


def verify_clip(
    path: str | PathLike[str],
    *,
    trust: bytes | None = None,
    watermark: Watermark | None = None,
    isolate: bool | clips.Isolation = False,
) -> Verification:
    """Check the sidecar, the signature and the watermark of a file. What is wrong with the file is
    an answer, not an error.

    Args:
        path: the file, usually an mp4.
        trust: PEM certificates of those who are trusted to vouch for signers.
        watermark: the one to look for; None for ours with its default key.
        isolate: decode the frames in a child process, for files from strangers; see `read_clip`.

    Raises:
        InvalidInputError: there is no such file, or `trust` is no certificate.
        ConfigurationError: no child process can be started.
    """
    path = Path(path)
    if not path.is_file():
        raise InvalidInputError("path", str(path), "a file")
    if trust is not None:
        require_certificates("trust", trust)
    looked_for = LatticeWatermark() if watermark is None else watermark
    check = verify_manifest(path)
    credentials, unchecked = _credentials(path, trust)
    signed = None if credentials is None else credentials.facts
    claim = signed if signed is not None else check.manifest
    reading, unreadable = _reading(path, looked_for, isolate)
    return Verification(
        manifest=(
            _sidecar(check.manifest, check.problem, signed)
            if manifest_path(path).exists()
            else Finding(status="absent", detail="There is no manifest beside the file.")
        ),
        signature=unchecked or _signature(credentials, check.manifest),
        watermark=_watermark(reading, unreadable, claim, looked_for.scheme),
    )


def _credentials(path: Path, trust: bytes | None) -> tuple[Credentials | None, Finding | None]:
    try:
        return read_credentials(path, trust=trust), None
    except MissingExtraError as error:
        return None, Finding(status="unchecked", detail=f"The file is signed; {error}.")


def _reading(
    path: Path, watermark: Watermark, isolate: bool | clips.Isolation
) -> tuple[WatermarkReading | None, str]:
    """What the watermark's detector says, or why the file has no frames for it."""
    try:
        clip = clips.read_clip(path, num_frames=_FRAMES, isolate=isolate)
    except clips.ClipError as error:
        return None, str(error)
    return watermark.detect(clip.frames), ""


def _sidecar(manifest: Manifest | None, problem: str, signed: Facts | None) -> Finding:
    says = {} if manifest is None else manifest.model_dump(mode="json")
    if problem:
        return Finding(status="broken", detail=_sentence(problem), says=says)
    if manifest is not None and signed is not None and manifest.facts != signed:
        detail = "The manifest says otherwise than what was signed in the file."
        return Finding(status="broken", detail=detail, says=says)
    detail = "The file is, byte for byte, the one that the manifest speaks of."
    return Finding(status="holds", detail=detail, says=says)


def _signature(credentials: Credentials | None, manifest: Manifest | None) -> Finding:
    if credentials is None:
        if manifest is not None and manifest.signature is not None:
            detail = "The manifest says that the file was signed, but the signature is gone."
            return Finding(status="broken", detail=detail)
        return Finding(status="absent", detail="The file is not signed.")
    says: dict[str, Any] = {
        "signer": credentials.signer,
        "software": credentials.software,
        "digital_source_type": credentials.source_type,
        "facts": None if credentials.facts is None else credentials.facts.model_dump(mode="json"),
    }
    match credentials.state:
        case "trusted":
            detail = f"Unchanged since it was signed by {credentials.signer}."
            return Finding(status="holds", detail=detail, says=says)
        case "untrusted":
            detail = (
                f"Unchanged since it was signed by somebody who goes by {credentials.signer!r}; "
                "no trusted certificate vouches for them."
            )
            return Finding(status="untrusted", detail=detail, says=says)
        case "broken":
            return Finding(status="broken", detail=_sentence(credentials.problem), says=says)


def _watermark(
    reading: WatermarkReading | None, unreadable: str, claim: Facts | None, scheme: str
) -> Finding:
    """`claim` is what the signature or else the manifest says."""
    wanted = None if claim is None else claim.watermark
    if wanted is not None and wanted.scheme != scheme:
        detail = f"The frames should carry the watermark {wanted.scheme}; looked for {scheme}."
        return Finding(status="unchecked", detail=detail)
    if reading is None or not reading.found:
        why = f"The frames cannot be read: {unreadable}" if reading is None else "No watermark."
        if wanted is None:
            return Finding(status="absent", detail=_sentence(why))
        detail = f"{_sentence(why)} There should be one with {wanted.payload}."
        return Finding(status="broken", detail=detail)
    payload = None if reading.payload is None else reading.payload.hex()
    says = {"scheme": scheme, "payload": payload, "chance": reading.chance}
    if payload is None:
        detail = "The frames carry the mark, but too little is left of it to read what it says."
        return Finding(status="holds", detail=detail, says=says)
    if claim is not None and (wanted is None or wanted.payload != payload):
        other = "no watermark" if wanted is None else wanted.payload
        detail = f"The mark says {payload}, but what is said of the clip names {other}."
        return Finding(status="broken", detail=detail, says=says)
    return Finding(status="holds", detail=f"The frames carry the mark {payload}.", says=says)


def _sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words.endswith(".") else f"{words}."
