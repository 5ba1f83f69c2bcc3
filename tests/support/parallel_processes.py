"""Work that many processes do at the same moment, as Ansible's forks and two control nodes do."""

import os
from collections.abc import Callable


def at_once(count: int, work: Callable[[int], str], meanwhile: Callable[[], None] = lambda: None) -> list[str]:
    """What ``work(number)`` answered in each of ``count`` processes: begun together, alive until all have answered.

    One that raises answers with its error, one that dies with nothing.
    """
    begin, end = os.pipe(), os.pipe()
    children, answers = [], []
    for number in range(count):
        answer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(begin[1])
            os.close(end[1])
            os.read(begin[0], 1)
            try:
                word = work(number)
            except Exception as error:  # noqa: BLE001 - the parent judges it
                word = f"{type(error).__name__}: {error}"
            os.write(answer[1], word.encode())
            os.close(answer[1])
            os.read(end[0], 1)
            os._exit(0)
        os.close(answer[1])
        children.append(child)
        answers.append(answer[0])
    for handle in (begin[0], begin[1], end[0]):
        os.close(handle)
    meanwhile()
    words = []
    for handle in answers:
        with os.fdopen(handle) as told:
            words.append(told.read())
    os.close(end[1])
    for child in children:
        os.waitpid(child, 0)
    return words
