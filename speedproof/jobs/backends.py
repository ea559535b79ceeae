"""The model that the settings ask for."""

from speedproof.core.settings import Settings
from speedproof.suggest.backend import Backend


def backend_for(settings: Settings) -> Backend | None:
    """None where no model is chosen. Raises ModelError or UsageError where it cannot be what was chosen."""
    if settings.model_url:
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
    if settings.model:
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
    return None
