"""What every service drives on; it knows no business word."""

import sys
from typing import cast

# structlog loads `rich` wherever some tool of a developer has brought it, for tracebacks that nobody here sees in colour: four
# megabytes in every process. A name without a module counts as not installed.
cast("dict[str, object]", sys.modules).setdefault("rich", None)
