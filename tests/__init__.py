"""Everything the product claims, tested."""

import os

# Workers share the cores. A linear algebra library that starts a thread for each core, and lets it spin while it waits for the others,
# then costs several times what it saves. It reads this when NumPy is first imported, here and in the processes that tests start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
