"""Hypothesis tries the same examples every time; `HYPOTHESIS_PROFILE=explore pytest` looks for new ones."""

import os

from hypothesis import settings

settings.register_profile("repeat", derandomize=True, deadline=None)
settings.register_profile("explore", print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))
