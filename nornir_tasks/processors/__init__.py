"""What is done around every task: telling people, keeping tasks free of it."""
