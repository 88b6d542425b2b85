"""Every promise, in order.

In:    a module for each.
Out:   PROMISES.
Never: a promise that only one of CI and the soak knows.
"""

from tests.crash.absence import P10, P10_DAEMON
from tests.crash.after_data import P3
from tests.crash.clock import P9, P9_DAEMON
from tests.crash.copies import P12
from tests.crash.frozen import P14_DATABASE
from tests.crash.kills import P1
from tests.crash.machine import MACHINE
from tests.crash.peers import P14
from tests.crash.poison import P11
from tests.crash.power import P4
from tests.crash.stops import P5
from tests.crash.storage import P13
from tests.crash.storms import P15
from tests.crash.syscalls import P2
from tests.crash.unsubscribed import P17
from tests.crash.watchdog import P16

PROMISES = (
    P1, P2, P3, P4, P5, P9, P9_DAEMON, P10, P10_DAEMON, P11, P12, P13, P14, P14_DATABASE, P15, P16, P17, MACHINE,
)  # fmt: skip
