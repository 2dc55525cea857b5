"""The stand-alone service for a WSGI server: `granian --interface wsgi wsgi:app`, `gunicorn wsgi:app`."""

import sys

from consent_banner.application import create_app
from consent_banner.errors import ConfigurationError

try:
    app = create_app()
except ConfigurationError as error:
    for mistake in error.mistakes:
        print(f"consent-banner: {mistake}", file=sys.stderr, flush=True)
    # 3 is what gunicorn takes for "this worker can never boot": any other code, and it restarts workers for ever.
    sys.exit(3)
