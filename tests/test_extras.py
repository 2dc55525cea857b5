"""What the server writes into scripts is JavaScript for the very values that it had."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consent_banner.extras import spelled

TEXTS = st.text(st.sampled_from("ab\"'\\{},:[]</\n\u2028é_1"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS.filter(lambda key: key != "__proto__"), inner),
    max_leaves=8,
)


@settings(max_examples=5, deadline=None)
@given(st.lists(VALUES, min_size=60, max_size=60))
def test_a_script_reads_the_value_that_was_written(values: list[Any]) -> None:
    script = f"process.stdout.write(JSON.stringify([{','.join(map(spelled, values))}]))"
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True, timeout=30)
    assert json.loads(done.stdout) == values


def test_nothing_in_it_ends_a_script_element() -> None:
    assert "</" not in spelled({"notice": '</script><p class="a">\'', "line": "\u2028"})
