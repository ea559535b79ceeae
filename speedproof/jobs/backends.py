"""The models that the settings ask for."""

from dataclasses import replace
from typing import TYPE_CHECKING

from speedproof.core.errors import UsageError
from speedproof.core.settings import Settings, user_config_path
from speedproof.suggest.backend import Answerer, Backend
from speedproof.suggest.models import DEFAULT

if TYPE_CHECKING:
    from speedproof.suggest.local.backend import LocalBackend
    from speedproof.suggest.remote.backend import RemoteBackend


def answerer_for(settings: Settings) -> Answerer | None:
    """The one that is asked for edits; None where none is to be. Raises ModelError or UsageError as `backend_for`."""
    if settings.edits_model == "off":
        return None
    if settings.edits_model == "remote":
        if not settings.model_url:
            raise UsageError(
                "`edits-model` is `remote`, and `model-url` names no server: put its address into"
                f' {user_config_path()}, `model-url = "http://127.0.0.1:8012"` for one'
            )
        return _remote(settings)
    return _local(replace(settings, model=settings.model if settings.model and not settings.model_url else DEFAULT))


def backend_for(settings: Settings) -> Backend | None:
    """None where no model is chosen. Raises ModelError or UsageError where it cannot be what was chosen."""
    if settings.model_url:
        return _remote(settings)
    return _local(settings) if settings.model else None


def _remote(settings: Settings) -> "RemoteBackend":
    from speedproof.suggest.remote.backend import RemoteBackend
    from speedproof.suggest.remote.options import RemoteOptions

    return RemoteBackend(
        RemoteOptions(
            url=settings.model_url,
            model=settings.model,
            api=settings.model_api,
            template=settings.model_template,
            key_variable=settings.model_key_variable,
            key_command=settings.model_key_command,
            ca=settings.model_ca,
            read_seconds=settings.model_seconds,
        )
    )


def _local(settings: Settings) -> "LocalBackend":
    from speedproof.suggest.local.backend import LocalBackend, LocalOptions

    return LocalBackend(
        LocalOptions(
            source=settings.model,
            precision=settings.model_precision,
            device=settings.model_device,
            context=settings.model_window,
            cache_mb=settings.model_cache_mb,
            snapshot_mb=settings.model_snapshot_mb,
            threads=settings.model_threads,
        )
    )
