"""`python -m bench [part…]`: print the figures. Always ends well: a figure that is missed is no failure."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from subprocess import CalledProcessError

from selenium.common.exceptions import WebDriverException

from bench import check, choices, guard, notice, verify, weight
from bench.tables import Table

PARTS: Mapping[str, Callable[[], Iterator[Table]]] = {
    "bytes": weight.run,
    "check": check.run,
    "choices": choices.run,
    "notice": notice.run,
    "guard": guard.run,
    "verify": verify.run,
}


def main() -> None:
    """Run the parts that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help=f"of {', '.join(PARTS)}; all without any")
    began = time.monotonic()
    for name in parser.parse_args().part or PARTS:
        _show(PARTS[name])
    print(f"Took {time.monotonic() - began:.0f} s.")


def _show(part: Callable[[], Iterator[Table]]) -> None:
    """Print a part's tables as they come; what cannot be measured here says why."""
    try:
        for table in part():
            print(table.text(), flush=True)
    except (RuntimeError, OSError, WebDriverException, CalledProcessError) as error:
        print(f"not measured: {error}\n", flush=True)


if __name__ == "__main__":
    main()
