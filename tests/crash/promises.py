"""Every promise, in order.

In:    a module for each.
Out:   PROMISES.
Never: a promise that only one of CI and the soak knows.
"""

from tests.crash.kills import P1
from tests.crash.stops import P5

PROMISES = (P1, P5)
