"""The pages as a WSGI application. Django must know its workspace already: `sightline serve` opens it, or set ``SIGHTLINE_WORKSPACE``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sightline.app.settings")

application = get_wsgi_application()
