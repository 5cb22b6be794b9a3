"""Where a clip came from: said in a sidecar always; signed into the file and marked in the frames
where that is wished.

    provenance = Provenance(
        signer=ClipSigner.from_files(key="key.pem", certificates="certificates.pem"),
        watermark=LatticeWatermark(),
    )
    assistant = VideoAssistant.from_pretrained(provenance=provenance)

    verify_clip("clip.mp4", trust=Path("root.pem").read_bytes()).holds
"""

from gpt4video_tools.provenance.credentials import Credentials, read_credentials, sign_mp4
from gpt4video_tools.provenance.errors import ManifestError, SigningError
from gpt4video_tools.provenance.lattice import LatticeWatermark
from gpt4video_tools.provenance.manifest import (
    Facts,
    Manifest,
    SignatureNote,
    VerdictSummary,
    WatermarkNote,
    bind,
    clip_id,
    describe,
    summarise,
)
from gpt4video_tools.provenance.settings import Provenance
from gpt4video_tools.provenance.sidecar import (
    ManifestCheck,
    manifest_path,
    read_manifest,
    verify_manifest,
    write_manifest,
)
from gpt4video_tools.provenance.signer import ClipSigner
from gpt4video_tools.provenance.untrusted import SigningFiles, write_test_certificate
from gpt4video_tools.provenance.verify import Finding, Status, Verification, verify_clip
from gpt4video_tools.provenance.watermark import Watermark, WatermarkReading

__all__ = [
    "ClipSigner",
    "Credentials",
    "Facts",
    "Finding",
    "LatticeWatermark",
    "Manifest",
    "ManifestCheck",
    "ManifestError",
    "Provenance",
    "SignatureNote",
    "SigningError",
    "SigningFiles",
    "Status",
    "VerdictSummary",
    "Verification",
    "Watermark",
    "WatermarkNote",
    "WatermarkReading",
    "bind",
    "clip_id",
    "describe",
    "manifest_path",
    "read_credentials",
    "read_manifest",
    "sign_mp4",
    "summarise",
    "verify_clip",
    "verify_manifest",
    "write_manifest",
    "write_test_certificate",
]
