"""The exit codes of every door and playbook; the table for people is in docs/guide.md."""

CLEAN = 0
WRONG = 1  # refused, failed, or the tool could not tell
USAGE = 2
DRIFT = 3  # something differs, or there is something to change; 4, 5, 99 and 250 are Ansible's own
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
BROKEN_PIPE = 141  # 128 + SIGPIPE
