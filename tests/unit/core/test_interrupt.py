"""A signal, wherever the process stands."""

import os
import signal

from nornir_tasks.core import interrupt


def test_a_stream_in_the_middle_of_a_line_does_not_end_a_change() -> None:
    """Python refuses to write to a stream from within a write to it: the request is heeded, and not told."""

    def tell(text: str) -> None:
        raise RuntimeError("reentrant call inside <_io.BufferedWriter name='<stderr>'>")

    with interrupt.handle_signals(tell):
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupt.is_stop_requested()
    assert not interrupt.is_stop_requested()
