"""What the connected client can do, decided once from its capabilities."""

from dataclasses import dataclass
from typing import Any

from lsprotocol import types


@dataclass(frozen=True, slots=True)
class Client:
    """Without a flag the older or simpler way is taken, never none."""

    encoding: types.PositionEncodingKind | str = types.PositionEncodingKind.Utf16
    applies_edits: bool = False
    versioned_edits: bool = False
    """Takes `documentChanges`, which name the version that they are meant for."""
    annotated_edits: bool = False
    resolves_edits: bool = False
    """Asks for a code action's edit only when the user has chosen it."""
    action_literals: bool = False
    """Takes code actions; otherwise bare commands."""
    creates_progress: bool = False
    pulls_diagnostics: bool = False
    refreshes_diagnostics: bool = False
    """Asks for them anew when told that they have changed."""
    refreshes_lenses: bool = False
    """The same of code lenses."""
    pulls_settings: bool = False
    """Answers `workspace/configuration`."""
    registers_settings: bool = False
    """Wants to be asked to send `workspace/didChangeConfiguration`."""
    shows_documents: bool = False
    markdown_hover: bool = False
    completes_inline: bool = False
    follows_status: bool = False
    """Wants `$/speedproof/status`, as it says in `experimental.statusNotification`."""
    commands: frozenset[str] = frozenset()
    """That it runs itself, as it says in `experimental.commands.commands`, where other servers look for that, too."""

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities, encoding: types.PositionEncodingKind | str) -> "Client":
        def has(path: str) -> Any:
            value: Any = capabilities
            for name in path.split("."):
                value = getattr(value, name, None)
            return value

        resolvable = has("text_document.code_action.resolve_support.properties") or ()
        hover_formats = has("text_document.hover.content_format") or ()
        return cls(
            encoding=encoding,
            applies_edits=bool(has("workspace.apply_edit")),
            versioned_edits=bool(has("workspace.workspace_edit.document_changes")),
            annotated_edits=has("workspace.workspace_edit.change_annotation_support") is not None,
            resolves_edits="edit" in resolvable and bool(has("text_document.code_action.data_support")),
            action_literals=has("text_document.code_action.code_action_literal_support") is not None,
            creates_progress=bool(has("window.work_done_progress")),
            pulls_diagnostics=has("text_document.diagnostic") is not None,
            refreshes_diagnostics=bool(has("workspace.diagnostics.refresh_support")),
            refreshes_lenses=bool(has("workspace.code_lens.refresh_support")),
            pulls_settings=bool(has("workspace.configuration")),
            registers_settings=bool(has("workspace.did_change_configuration.dynamic_registration")),
            shows_documents=bool(has("window.show_document.support")),
            completes_inline=has("text_document.inline_completion") is not None,
            follows_status=_follows_status(capabilities.experimental),
            commands=_commands(capabilities.experimental),
            markdown_hover=types.MarkupKind.Markdown in hover_formats,
        )


def _follows_status(experimental: Any) -> bool:
    return isinstance(experimental, dict) and experimental.get("statusNotification") is True


def _commands(experimental: Any) -> frozenset[str]:
    match experimental:
        case {"commands": {"commands": list(names)}}:
            return frozenset(name for name in names if isinstance(name, str))
    return frozenset()
