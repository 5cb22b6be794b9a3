"""Guards for what goes into and comes out of a video assistant: text and frames.

    chat = GuardedChat(chatbot)
    print(chat("Hello!"))

    pipeline = GuardPipeline.from_policy("standard")
    result = pipeline.run("input_text", [TextSubject(text="...", kind="prompt")])
    if result.blocked:
        print(result.reason)

Guards measure, a policy decides, and what could not be judged does not pass. Importing this
package loads neither torch nor any other framework.
"""

from gpt4video_guards.audit import AuditLog
from gpt4video_guards.chat import AsyncChatStream, ChatStream, GuardedAnswer, GuardedChat
from gpt4video_guards.errors import (
    CheckpointError,
    ConfigurationError,
    GPT4VideoError,
    InvalidInputError,
    MissingExtraError,
    PolicyError,
    UnknownNameError,
)
from gpt4video_guards.holdback import HoldBackWindow
from gpt4video_guards.judgement import Evidence, Guard, Judgement
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.policy import Policy, load_policy
from gpt4video_guards.record import Observer, StageRecord
from gpt4video_guards.refusals import refusal_text
from gpt4video_guards.streaming import (
    AsyncGuardedStream,
    GuardedStream,
    aguard_stream,
    guard_stream,
)
from gpt4video_guards.subject import (
    STAGES,
    FramesSubject,
    Stage,
    Subject,
    TextKind,
    TextSubject,
)
from gpt4video_guards.telemetry import Telemetry
from gpt4video_guards.text import DetoxifyGuard, TextClassifierGuard
from gpt4video_guards.verdict import Decision, Redaction, StageResult, Verdict
from gpt4video_guards.visual import ConceptGuard

__all__ = [
    "STAGES",
    "AsyncChatStream",
    "AsyncGuardedStream",
    "AuditLog",
    "ChatStream",
    "CheckpointError",
    "ConceptGuard",
    "ConfigurationError",
    "Decision",
    "DetoxifyGuard",
    "Evidence",
    "FramesSubject",
    "GPT4VideoError",
    "Guard",
    "GuardPipeline",
    "GuardedAnswer",
    "GuardedChat",
    "GuardedStream",
    "HoldBackWindow",
    "InvalidInputError",
    "Judgement",
    "MissingExtraError",
    "Observer",
    "Policy",
    "PolicyError",
    "Redaction",
    "Stage",
    "StageRecord",
    "StageResult",
    "Subject",
    "Telemetry",
    "TextClassifierGuard",
    "TextKind",
    "TextSubject",
    "UnknownNameError",
    "Verdict",
    "aguard_stream",
    "guard_stream",
    "load_policy",
    "refusal_text",
]
