"""The exit codes of every door; the table for people is in docs/guide.md."""

CLEAN = 0
WRONG = 1  # refused, failed, or the tool could not tell
USAGE = 2
DRIFT = 99  # something differs, or there is something to change
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
