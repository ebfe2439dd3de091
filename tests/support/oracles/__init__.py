"""Each measure told a second time, as a plain reading of its indicator's words: what its SQL must answer on whatever rows.

One module a domain of the catalogue; `recorded` holds what several of them stand on (a concern, a missing episode, a sign).
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.support.oracles.base import ORACLES, Oracle

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

__all__ = ["ORACLES", "Oracle"]
